"""Writes small-tokenizer.json and small-expected.jsonl with PyPI tokenizers 0.23.2: the oracle of SmallTokenizerTest.

A byte-level BPE with Qwen's normalization and split, trained on the lines below. Ids are shuffled, and the merges are shuffled
too, so that neither the order of ids nor the tokens' bytes say which merge comes first.
"""
import json
import pathlib
import random
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
TEXT = """Once upon a time there was a miller who had three sons, a mill, a donkey and a cat. The sons had to grind,
the donkey had to fetch grain and carry flour away, and the cat had to catch the mice. They'll say it's been told; we've heard it's true.
Es war einmal ein Müller, der hatte drei Söhne, seine Mühle, einen Esel und einen Kater; die Söhne mussten mahlen.
从前有一个磨坊主，他有三个儿子。从前有一个国王。Жил-был мельник, и было у него три сына. 昔々、粉屋がいました。
    for (int i = 0; i < 100; i++) {\n        total += values[i];\n    }\n\n\n방앗간 주인에게는 세 아들이 있었다. 🦊🐺🐈 ½ ² Ⅷ 1234
"""
HERE = pathlib.Path(__file__).parent
rng = random.Random(7)

model = models.BPE()
tokenizer = Tokenizer(model)
tokenizer.normalizer = normalizers.NFC()
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(SPLIT), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)])
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(vocab_size=470, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
tokenizer.train_from_iterator([TEXT], trainer)

tree = json.loads(tokenizer.to_str())
ids = rng.sample(range(len(tree["model"]["vocab"])), len(tree["model"]["vocab"]))
tree["model"]["vocab"] = dict(zip(tree["model"]["vocab"], ids))
rng.shuffle(tree["model"]["merges"])
plain = Tokenizer.from_str(json.dumps(tree))
last = max(ids)
specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>", "<|im_end|>!"]
tree["added_tokens"] = [
    {"id": last + 1 + i, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
     "special": "tool" not in text} for i, text in enumerate(specials)]
whole = Tokenizer.from_str(json.dumps(tree))
# The library numbers added tokens itself, from the size of the vocabulary on.
assert {token["content"]: token["id"] for token in tree["added_tokens"]} == {
    token.content: id for id, token in whole.get_added_tokens_decoder().items()}
(HERE / "small-tokenizer.json").write_text(json.dumps(tree, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")

CHARS = list("abcdehilmnorstu  \n\t'.,!?0123456789") + list("äöüßéÅ\u212b\u0301\u0308\u0338\u1100\u1161\u11a8从前有一个あがか\u3099"
        "Жилбыл🦊🐺𠀀\u0085\u00a0\u2028\u3000\u200b\ufeff\u180eſKⅧ½") + ["'S", "'ll", "\r\n", "    "]
texts = TEXT.splitlines() + [TEXT, "", " ", "\n\n", "<|im_end|>\u0338", "<|im_end|>!x", "<|im_end|<|im_end|>", "<<tool_call>>",
                             "<|im_start|>user\nhi<|im_end|>\n", "a" * 50, " " * 33, "e\u0301" * 5]
for _ in range(90):
    parts = [rng.choice(specials) if rng.random() < 0.04 else rng.choice(CHARS) for _ in range(rng.randrange(60))]
    texts.append("".join(parts))
with open(HERE / "small-expected.jsonl", "w", encoding="utf-8") as out:
    for text in texts:
        special = whole.encode(text, add_special_tokens=False).ids
        # Ids as a model may put them out: any order, so bytes that are no UTF-8, padding ids included.
        stray = [rng.randrange(last + 12) for _ in range(8)]
        out.write(json.dumps({
            "text": text, "ordinary": plain.encode(text, add_special_tokens=False).ids, "special": special,
            "shown": whole.decode(special, skip_special_tokens=True), "whole": whole.decode(special, skip_special_tokens=False),
            "stray": stray, "strayShown": whole.decode(stray, skip_special_tokens=True)},
            separators=(",", ":")) + "\n")
