package dev.qyclone.peers;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** llama.cpp through its Maven binding, de.kherud:llama: the library as it is published, on the processor. */
final class LlamaCpp implements Contestant {
    private final LlamaModel model;

    LlamaCpp(Path file, int threads, int context) {
        model = new LlamaModel(new ModelParameters().setModel(file.toString()).setThreads(threads).setThreadsBatch(threads)
                .setCtxSize(context).setParallel(1).setGpuLayers(0).disableContextShift().disableLog());
    }

    @Override
    public String name() {
        return "llama.cpp (de.kherud:llama)";
    }

    /** The ids that it reads a text as. */
    int[] encode(String text) {
        return model.encode(text);
    }

    @Override
    public long time(Prompt prompt, int written) {
        long start = System.nanoTime();
        for (LlamaOutput output : model.generate(greedy(prompt.text(), written))) {
            assert output != null;
        }
        return System.nanoTime() - start;
    }

    /** The texts of the ids that it writes. */
    List<String> write(String prompt, int written) {
        List<String> texts = new ArrayList<>();
        for (LlamaOutput output : model.generate(greedy(prompt, written))) {
            texts.add(output.text);
        }
        return texts.subList(0, Math.min(written, texts.size())); // an empty one follows the last
    }

    private static InferenceParameters greedy(String prompt, int written) {
        return new InferenceParameters(prompt).setNPredict(written).setTemperature(0).setTopK(1).setCachePrompt(false)
                .setIgnoreEos(true);
    }

    @Override
    public void close() {
        model.close();
    }
}
