package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.List;

/**
 * What a model's attention does beyond the plain form.
 *
 * @param scaling of the rotary frequencies
 * @param logNLength S: queries from position S on are multiplied with ln(position + 1) / ln S; 0 for never
 * @param chunks of Dual Chunk Attention
 * @param windows for each layer how many positions a query sees, its own included; 0 for all; empty where all layers see all
 */
public record AttentionConfig(RopeScaling scaling, int logNLength, DualChunk chunks, List<Integer> windows) {
    /** Full attention with plain frequencies. */
    public static final AttentionConfig PLAIN = new AttentionConfig(new RopeScaling.None(), 0, DualChunk.NONE, List.of());

    public AttentionConfig {
        windows = List.copyOf(windows);
        if (logNLength < 0 || logNLength == 1) {
            throw new EngineException(ErrorCode.BAD_MODEL, "the length of LogN scaling is impossible")
                    .expected("0 for none, or more than 1").got(logNLength);
        }
        boolean plain = scaling instanceof RopeScaling.None && logNLength == 0 && windows.stream().allMatch(window -> window == 0);
        if (!chunks.isNone() && !plain) {
            throw new EngineException(ErrorCode.BAD_MODEL, "Dual Chunk Attention does not go with other changes of attention")
                    .expected("no rope scaling, LogN or windows").got(scaling + ", LogN " + logNLength + ", windows " + windows);
        }
        for (int layer = 0; layer < windows.size(); layer++) {
            if (windows.get(layer) < 0) {
                throw new EngineException(ErrorCode.BAD_MODEL, "the attention window of layer " + layer + " is impossible")
                        .expected("0 for full attention, or a positive number").got(windows.get(layer));
            }
        }
    }

    /** The window of a layer, 0 for full attention. */
    public int window(int layer) {
        return windows.isEmpty() ? 0 : windows.get(layer);
    }

    /** The same with other windows. */
    public AttentionConfig withWindows(List<Integer> others) {
        return new AttentionConfig(scaling, logNLength, chunks, others);
    }
}
