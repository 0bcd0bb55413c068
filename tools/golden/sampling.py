"""Writes engine/src/test/resources/dev/qyclone/engine/sampler/sampling-golden.json: the probabilities that Hugging Face's
logits processors leave, alone and in the order in which generate applies them, on small seeded logits with ties and histories.

Made with Python 3.11, torch 2.13.0 (CPU), transformers 5.18.0:

    pip install torch==2.13.0 transformers==5.18.0
    python tools/golden/sampling.py engine/src/test/resources/dev/qyclone/engine/sampler/sampling-golden.json

Repetition penalty, temperature, top-k, top-p and min-p are transformers' own classes. Presence and frequency penalty have none
there; they are stated here from OpenAI's definition, over the ids of the output: s - count * frequency - (count > 0) * presence.

Two things are left open by torch and float32, and cases that hang on them are kept out or marked:
- which of equally likely tokens at the border of top-p stays (torch.sort is not stable by contract): "borderTie" is true,
  and only the sorted probabilities are compared;
- a cumulative probability within MARGIN of 1 - p: such a draw of the logits is thrown away.
"""

import json
import sys

import torch
import transformers
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

MARGIN = 1e-5
OFF = {"temperature": 1.0, "topK": 0, "topP": 1.0, "minP": 0.0, "repetition": 1.0, "presence": 0.0, "frequency": 0.0}


def presence_and_frequency(scores, output, presence, frequency):
    counts = torch.bincount(torch.tensor(output, dtype=torch.long), minlength=scores.shape[-1]).to(scores.dtype)
    return scores - counts * frequency - (counts > 0).to(scores.dtype) * presence


def processed(logits, ids, prompt, options):
    """The scores after every step, and whether top-p cut between equals; None if the cut is too close to call in float32."""
    input_ids = torch.tensor([ids], dtype=torch.long)
    scores = torch.tensor([logits], dtype=torch.float32)
    if options["repetition"] != 1.0:
        scores = RepetitionPenaltyLogitsProcessor(options["repetition"])(input_ids, scores)
    scores = presence_and_frequency(scores, ids[prompt:], options["presence"], options["frequency"])
    before = LogitsProcessorList()
    if options["temperature"] != 1.0:
        before.append(TemperatureLogitsWarper(options["temperature"]))
    if options["topK"] != 0:
        before.append(TopKLogitsWarper(options["topK"]))
    scores = before(input_ids, scores)
    border_tie = False
    if options["topP"] < 1.0:
        ascending = torch.sort(scores[0].double()).values.softmax(-1).cumsum(-1)
        if ((ascending - (1 - options["topP"])).abs() < MARGIN).any():
            return None
        cut = TopPLogitsWarper(options["topP"])(input_ids, scores)
        dropped = torch.isinf(cut[0]) & ~torch.isinf(scores[0])
        kept = ~torch.isinf(cut[0])
        border_tie = bool(dropped.any()) and bool(scores[0][dropped].max() == cut[0][kept].min())
        scores = cut
    if options["minP"] > 0.0:
        scores = MinPLogitsWarper(options["minP"])(input_ids, scores)
    return scores[0].softmax(-1), border_tie


def logits_of(kind, size, generator):
    if kind == "flat":
        return torch.full((size,), 1.5)
    values = torch.randn(size, generator=generator) * 4
    if kind == "ties":
        values = torch.round(values)
    if kind == "peaked":
        values[size // 3] = 30.0
    return values


def history_of(size, length, generator):
    return torch.randint(0, size, (length,), generator=generator).tolist()


def option_sets():
    yield {}
    for name, values in {
        "temperature": [0.25, 0.7, 1.7],
        "topK": [1, 3, 20, 1000],
        "topP": [0.05, 0.5, 0.8, 0.95, 0.999],
        "minP": [0.02, 0.3, 1.0],
        "repetition": [0.8, 1.05, 1.3],
        "presence": [0.6, -1.5],
        "frequency": [0.4, -0.5],
    }.items():
        for value in values:
            yield {name: value}
    yield {"temperature": 0.7, "topK": 20, "topP": 0.8, "repetition": 1.05}
    yield {"temperature": 0.7, "topK": 20, "topP": 0.8, "repetition": 1.1}
    yield {"topP": 0.8, "topK": 50, "repetition": 1.1}
    yield {"temperature": 1.5, "topK": 7, "topP": 0.9, "minP": 0.1, "repetition": 1.2, "presence": 0.5, "frequency": 0.3}
    yield {"temperature": 0.4, "topP": 0.6, "minP": 0.05, "presence": -0.7}


def main(path):
    generator = torch.Generator().manual_seed(20250921)
    cases = []
    for index, changes in enumerate(option_sets()):
        options = OFF | changes
        for kind, size in [("random", 37), ("ties", 48), ("peaked", 33), ("flat", 10), ("ties", 211 if index % 3 == 0 else 7)]:
            for _ in range(20):
                logits = logits_of(kind, size, generator).tolist()
                ids = history_of(size, 12, generator)
                result = processed(logits, ids, 5, options)
                if result is not None:
                    break
            else:
                continue  # a flat distribution can sit on the border for good
            probabilities, border_tie = result
            cases.append({"kind": kind, **options, "prompt": 5, "ids": ids, "logits": logits,
                          "probabilities": [float(f"{p:.9g}") for p in probabilities.tolist()], "borderTie": border_tie})
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"madeWith": "torch %s, transformers %s", "cases": [\n' % (torch.__version__, transformers.__version__))
        file.write(",\n".join(json.dumps(case) for case in cases))
        file.write("\n]}\n")
    print(len(cases), "cases,", sum(case["borderTie"] for case in cases), "with a tie at the border of top-p")


if __name__ == "__main__":
    main(sys.argv[1])
