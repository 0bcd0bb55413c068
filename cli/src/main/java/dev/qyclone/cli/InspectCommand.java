package dev.qyclone.cli;

import dev.qyclone.engine.cpu.RoundedDecode;
import dev.qyclone.engine.model.AttentionFacts;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.ModelSource;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.profiles.ModelNeeds;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is in a model file. */
@Command(
        name = "inspect",
        header = "Show a model's architecture, sizes, tensor types and memory need.",
        footer = {"", "Example:", "  qyclone inspect model.gguf --json"})
final class InspectCommand implements Runnable {
    private final Streams streams;

    @Parameters(paramLabel = "MODEL", arity = "1", description = "A .gguf file, or a folder with config.json.")
    private Path path;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    InspectCommand(Streams streams) {
        this.streams = streams;
    }

    /** Tensors of one type, and what they take. */
    private record Share(long tensors, long elements, long bytes) {
        Share plus(Tensor tensor) {
            return new Share(tensors + 1, elements + tensor.elements(), bytes + tensor.bytes());
        }
    }

    @Override
    public void run() {
        try (Model model = ModelLoader.load(path)) {
            streams.print(json ? asJson(model) + "\n" : asText(model));
        }
    }

    private static Map<TensorType, Share> shares(Model model) {
        Map<TensorType, Share> shares = new EnumMap<>(TensorType.class);
        for (Tensor tensor : model.source().weights().tensors().values()) {
            shares.put(tensor.type(), shares.getOrDefault(tensor.type(), new Share(0, 0, 0)).plus(tensor));
        }
        return shares;
    }

    private static String format(Model model) {
        return switch (model.source()) {
            case ModelSource.Gguf gguf -> "GGUF";
            case ModelSource.Folder folder -> "safetensors";
        };
    }

    private static String asText(Model model) {
        ModelConfig config = model.config();
        Map<TensorType, Share> shares = shares(model);
        Share all = shares.values().stream()
                .reduce(new Share(0, 0, 0), (a, b) -> new Share(a.tensors + b.tensors, a.elements + b.elements, a.bytes + b.bytes));
        StringBuilder text = new StringBuilder();
        line(text, "model", model.source().path() + " (" + format(model) + ")");
        line(text, "architecture", config.architecture().ggufName() + ", " + Amounts.count(all.elements) + " parameters");
        line(text, "layers", config.layers() + " of dim " + config.dim() + ", ffn " + config.ffnDim());
        line(text, "heads", config.heads() + " of " + config.headDim() + ", " + config.kvHeads() + " for keys and values");
        line(text, "vocabulary", config.vocab() + (model.tied() ? ", head tied to the embedding" : ", head of its own"));
        line(text, "context", config.context() + " tokens, RoPE base " + Math.round(config.ropeBase()));
        AttentionWords.of(config).lines().forEach(words -> line(text, "attention", words));
        if (AttentionFacts.of(model).silent()) {
            line(text, "assumed", "dynamic NTK, LogN and their length: the file does not say; see --rope-ntk, --logn, --seq-length of run");
        }
        if (config.mixture().experts() > 0) {
            line(text, "experts", words(config.mixture()));
        }
        shares.forEach((type, share) -> line(text, type.name(),
                String.format(Locale.ROOT, "%4d tensors, %s", share.tensors, Amounts.bytes(share.bytes))));
        line(text, "weights", Amounts.bytes(all.bytes) + ", mapped");
        long repacked = ModelNeeds.of(model).repackedBytes();
        if (repacked > 0) {
            line(text, "for decode", Amounts.bytes(repacked) + " more on the host, unless --no-repack: a copy in another order");
        }
        line(text, "activations", activations(model));
        for (KvType type : KvType.values()) {
            long full = fullCache(model, type);
            line(text, "cache " + type.name().toLowerCase(Locale.ROOT),
                    Amounts.bytes(ModelNeeds.of(model).seenKv(1, type)) + " a token, " + Amounts.bytes(full)
                    + " at full context: " + Amounts.bytes(all.bytes + full) + " with the weights");
        }
        return text.toString();
    }

    private static String activations(Model model) {
        int bits = RoundedDecode.bits(model, StageOptions.DEFAULT);
        return bits == 0 ? "floats" : String.format(Locale.ROOT,
                "rounded to %d bits or more in decode on the host, unless --exact: logits of the test models stay within a relative L2"
                        + " of %.0e and a KL of %.0e", bits, RoundedDecode.RELATIVE_L2, RoundedDecode.DIVERGENCE);
    }

    /** Of a conversation on the host that fills the context. */
    private static long fullCache(Model model, KvType type) {
        return ModelNeeds.of(model).hostKv(StageOptions.DEFAULT.withContext(model.config().context()).withKvType(type));
    }

    private static String words(MixtureConfig mixture) {
        return mixture.experts() + " of width " + mixture.expertDim() + ", a token goes to " + mixture.used() + "; a shared one of width "
                + mixture.sharedDim() + (mixture.normalized() ? "; weights divided by their sum" : "");
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-13s %s%n", name, value));
    }

    private static String asJson(Model model) {
        ModelConfig config = model.config();
        Map<TensorType, Share> shares = shares(model);
        return Json.object(fields -> {
            fields.writeStringField("path", model.source().path().toString());
            fields.writeStringField("format", format(model).toLowerCase(Locale.ROOT));
            fields.writeStringField("architecture", config.architecture().ggufName());
            fields.writeNumberField("parameters", shares.values().stream().mapToLong(Share::elements).sum());
            fields.writeNumberField("dim", config.dim());
            fields.writeNumberField("layers", config.layers());
            fields.writeNumberField("heads", config.heads());
            fields.writeNumberField("kvHeads", config.kvHeads());
            fields.writeNumberField("headDim", config.headDim());
            fields.writeNumberField("ffnDim", config.ffnDim());
            fields.writeNumberField("vocab", config.vocab());
            fields.writeNumberField("context", config.context());
            fields.writeNumberField("normEps", config.normEps());
            fields.writeNumberField("ropeBase", config.ropeBase());
            fields.writeBooleanField("tied", model.tied());
            AttentionWords.of(config).write(fields);
            fields.writeBooleanField("attentionAssumed", AttentionFacts.of(model).silent());
            if (config.mixture().experts() > 0) {
                MixtureConfig mixture = config.mixture();
                fields.writeObjectFieldStart("mixture");
                fields.writeNumberField("experts", mixture.experts());
                fields.writeNumberField("used", mixture.used());
                fields.writeNumberField("expertDim", mixture.expertDim());
                fields.writeNumberField("sharedDim", mixture.sharedDim());
                fields.writeBooleanField("normalized", mixture.normalized());
                fields.writeEndObject();
            }
            fields.writeObjectFieldStart("tensorTypes");
            for (Map.Entry<TensorType, Share> entry : shares.entrySet()) {
                fields.writeObjectFieldStart(entry.getKey().name());
                fields.writeNumberField("tensors", entry.getValue().tensors());
                fields.writeNumberField("bytes", entry.getValue().bytes());
                fields.writeEndObject();
            }
            fields.writeEndObject();
            fields.writeNumberField("weightBytes", shares.values().stream().mapToLong(Share::bytes).sum());
            fields.writeNumberField("repackedBytes", ModelNeeds.of(model).repackedBytes());
            int bits = RoundedDecode.bits(model, StageOptions.DEFAULT);
            fields.writeNumberField("activationBits", bits == 0 ? Float.SIZE : bits);
            if (bits > 0) {
                fields.writeNumberField("roundedRelativeL2", RoundedDecode.RELATIVE_L2);
                fields.writeNumberField("roundedKl", RoundedDecode.DIVERGENCE);
            }
            for (KvType type : KvType.values()) {
                String suffix = type.name().charAt(0) + type.name().substring(1).toLowerCase(Locale.ROOT);
                fields.writeNumberField("cacheBytesPerToken" + suffix, ModelNeeds.of(model).seenKv(1, type));
                fields.writeNumberField("cacheBytesFullContext" + suffix, fullCache(model, type));
            }
        });
    }
}
