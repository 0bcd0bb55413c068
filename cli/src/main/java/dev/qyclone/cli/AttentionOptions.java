package dev.qyclone.cli;

import dev.qyclone.engine.model.Architecture;
import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.AttentionFacts;
import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.RopeScaling;
import dev.qyclone.engine.model.WindowRule;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How attention sees long texts, where that is to differ from what the model's files say. */
final class AttentionOptions {
    static final String HEADING = "%nHow it sees long texts (docs/long-context.md has the formulas):%n";

    /** What the released models with Dual Chunk Attention are made for. */
    private static final int DUAL_CHUNK_CONTEXT = 1_010_000;

    /** The value of a switch. */
    enum OnOff { ON, OFF }

    @Option(names = "--rope-ntk", paramLabel = "on|off",
            description = "Dynamic NTK, for Qwen1. Default: what the files say; on for a GGUF, which cannot say")
    private OnOff ropeNtk;

    @Option(names = "--logn", paramLabel = "on|off",
            description = "LogN scaling of queries, for Qwen1. Default: what the files say; on for a GGUF, which cannot say")
    private OnOff logN;

    @Option(names = "--seq-length", paramLabel = "S",
            description = "Length from which dynamic NTK and LogN act, for Qwen1. Default: seq_length, or a GGUF's context_length")
    private Integer seqLength;

    @Option(names = "--yarn", paramLabel = "FACTOR[:ORIG]", converter = YarnStretch.Converter.class,
            description = "YaRN: stretch a context of ORIG by FACTOR, for texts of any length. Default of ORIG: the model's context")
    private YarnStretch yarn;

    @Option(names = "--layer-windows", paramLabel = "RANGES", converter = LayerWindows.Converter.class,
            description = "Layers that see a window of the text, such as 0-7:2048,8-15:4096; the others see all.")
    private LayerWindows layerWindows;

    @Option(names = "--window-rule", paramLabel = "current|legacy",
            description = "Which layers config.json's max_window_layers gives the sliding window: those from it on, or those below it.")
    private WindowRule windowRule;

    @Option(names = "--dca", paramLabel = "CHUNK:LOCAL[:ORIG[:paper]]", converter = DualChunkConverter.class,
            description = "Dual Chunk Attention; attention is sharpened from ORIG on where it is given; paper for the paper's positions.")
    private DualChunk dualChunks;

    /** The model with the attention that was asked for; as it is where nothing was. */
    Model applyTo(Model model, CommandSpec spec) {
        checkFits(model, spec);
        AttentionConfig given = model.config().attention();
        AttentionFacts facts = AttentionFacts.of(model);
        AttentionConfig wanted = new AttentionConfig(
                scaling(model, facts, spec), hasLogN(given) ? trainedLength(facts, spec) : 0,
                dualChunks == null ? given.chunks() : dualChunks, windows(model, facts, spec));
        Model changed = wanted.equals(given) ? model : model.withAttention(wanted);
        if (dualChunks != null) {
            return changed.withContext(Math.max(model.config().context(), DUAL_CHUNK_CONTEXT));
        }
        return yarn == null ? changed : changed.withContext(Math.max(model.config().context(), stretched(model, spec)));
    }

    /** True if flags say which layers see a window, whatever a profile says. */
    boolean sayWindows() {
        return layerWindows != null || windowRule != null;
    }

    /** What was assumed, and what to know: one line each. */
    List<String> notes(Model applied) {
        List<String> notes = new ArrayList<>();
        AttentionConfig attention = applied.config().attention();
        AttentionFacts facts = AttentionFacts.of(applied);
        if (facts.silent() && (ropeNtk == null || logN == null)) {
            boolean ntk = hasNtk(attention);
            boolean log = hasLogN(attention);
            String length = ntk || log ? ", S = " + (seqLength == null ? facts.trainedLength() + " from context_length" : seqLength) : "";
            notes.add("the file does not say how it was made for long texts; assumed: dynamic NTK " + words(ntk) + ", LogN " + words(log)
                    + length + " (--rope-ntk, --logn and --seq-length change it)");
        }
        boolean windowed = attention.windows().stream().anyMatch(window -> window > 0);
        if (windowed && applied.config().architecture() != Architecture.QWEN) {
            notes.add("warning: attention windows are on; released Qwen1.5/Qwen2 weights were trained with full attention");
        }
        return notes;
    }

    private void checkFits(Model model, CommandSpec spec) {
        Architecture architecture = model.config().architecture();
        if (architecture != Architecture.QWEN) {
            refuseIf(ropeNtk != null, "--rope-ntk is for Qwen1; this model is " + architecture.ggufName(), spec);
            refuseIf(logN != null, "--logn is for Qwen1; this model is " + architecture.ggufName(), spec);
            refuseIf(seqLength != null, "--seq-length is for Qwen1; this model is " + architecture.ggufName(), spec);
        }
        AttentionConfig given = model.config().attention();
        refuseIf(seqLength != null && seqLength < 2, "--seq-length must be at least 2, not " + seqLength, spec);
        refuseIf(seqLength != null && !hasNtk(given) && !hasLogN(given),
                "--seq-length has no meaning with dynamic NTK and LogN off", spec);
        refuseIf(yarn != null && hasNtk(given), "--yarn and dynamic NTK exclude each other; add --rope-ntk off", spec);
        refuseIf(layerWindows != null && windowRule != null, "--layer-windows and --window-rule exclude each other", spec);
        checkDualChunks(given, spec);
    }

    private void checkDualChunks(AttentionConfig given, CommandSpec spec) {
        refuseIf(dualChunks != null && dualChunks.isNone(), "--dca needs chunks of more than 0 positions", spec);
        if (dualChunks == null && given.chunks().isNone()) {
            return;
        }
        String chunked = dualChunks == null ? "the model's Dual Chunk Attention" : "--dca";
        refuseIf(yarn != null, chunked + " and --yarn exclude each other", spec);
        refuseIf(layerWindows != null, chunked + " and --layer-windows exclude each other", spec);
        refuseIf(windowRule != null, chunked + " and --window-rule exclude each other", spec);
        refuseIf(given.scaling() instanceof RopeScaling.Yarn, chunked + " and the model's YaRN exclude each other", spec);
        refuseIf(given.windows().stream().anyMatch(window -> window > 0), chunked + " and the model's windows exclude each other", spec);
        refuseIf(hasNtk(given), chunked + " and dynamic NTK exclude each other; add --rope-ntk off", spec);
        refuseIf(hasLogN(given), chunked + " and LogN exclude each other; add --logn off", spec);
    }

    private boolean hasNtk(AttentionConfig given) {
        return ropeNtk == null ? given.scaling() instanceof RopeScaling.DynamicNtk : ropeNtk == OnOff.ON;
    }

    private boolean hasLogN(AttentionConfig given) {
        return logN == null ? given.logNLength() > 0 : logN == OnOff.ON;
    }

    private int trainedLength(AttentionFacts facts, CommandSpec spec) {
        int length = seqLength == null ? facts.trainedLength() : seqLength;
        refuseIf(length < 2, "dynamic NTK and LogN need a length that the model's files do not give; add --seq-length", spec);
        return length;
    }

    private RopeScaling scaling(Model model, AttentionFacts facts, CommandSpec spec) {
        RopeScaling given = model.config().attention().scaling();
        if (yarn != null) {
            return RopeScaling.Yarn.of(yarn.factor(), original(model));
        }
        if (ropeNtk == OnOff.OFF) {
            return new RopeScaling.None();
        }
        return hasNtk(model.config().attention()) ? new RopeScaling.DynamicNtk(trainedLength(facts, spec)) : given;
    }

    private int original(Model model) {
        if (yarn.original() > 0) {
            return yarn.original();
        }
        return model.config().attention().scaling() instanceof RopeScaling.Yarn given
                ? given.originalContext() : model.config().context();
    }

    private int stretched(Model model, CommandSpec spec) {
        double positions = yarn.factor() * original(model);
        refuseIf(positions > Integer.MAX_VALUE, "--yarn stretches the context beyond 2^31 positions", spec);
        return (int) positions;
    }

    private List<Integer> windows(Model model, AttentionFacts facts, CommandSpec spec) {
        int layers = model.config().layers();
        if (layerWindows != null) {
            refuseIf(layerWindows.lastLayer() >= layers,
                    "--layer-windows names layer " + layerWindows.lastLayer() + "; the model has layers 0 to " + (layers - 1), spec);
            return layerWindows.forLayers(layers);
        }
        if (windowRule == null) {
            return model.config().attention().windows();
        }
        refuseIf(facts.windows(windowRule).isEmpty(),
                "--window-rule has no meaning here: the model has no config.json with use_sliding_window and sliding_window", spec);
        return facts.windows(windowRule);
    }

    private static String words(boolean on) {
        return on ? "on" : "off";
    }

    private static void refuseIf(boolean wrong, String message, CommandSpec spec) {
        if (wrong) {
            throw Checks.wrong(message, spec);
        }
    }
}
