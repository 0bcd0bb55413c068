package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;

/**
 * Dual Chunk Attention (arXiv 2402.17463; vLLM's dual_chunk_flash_attn.py): text is cut into chunks, keys are turned by their position in
 * their chunk, and a query is turned differently for its own chunk, for the one before, and for all older ones, so that no
 * distance exceeds what the model was trained at.
 *
 * @param chunkSize longest distance that a query may see; 0 for no chunks
 * @param localSize how much of it reaches into the chunk before: a chunk has chunkSize − localSize positions
 * @param originalContext length from which attention is sharpened by 0.1 ln(n / originalContext) + 1; 0 for never
 * @param paper true for the positions of the paper, which saturate at chunkSize − 1; the published code's at chunkSize
 */
public record DualChunk(int chunkSize, int localSize, int originalContext, boolean paper) {
    /** No chunks: plain attention. */
    public static final DualChunk NONE = new DualChunk(0, 0, 0, false);

    public DualChunk {
        boolean none = chunkSize == 0 && localSize == 0 && originalContext == 0;
        if (!none && (localSize < 1 || chunkSize <= localSize || chunkSize > 1 << 30)) {
            throw new EngineException(ErrorCode.BAD_MODEL, "the chunks of Dual Chunk Attention are impossible")
                    .expected("chunk_size > local_size > 0").got("chunk_size " + chunkSize + ", local_size " + localSize);
        }
        if (originalContext < 0) {
            throw new EngineException(ErrorCode.BAD_MODEL, "original_max_position_embeddings of Dual Chunk Attention is impossible")
                    .expected("0 for none, or a positive number").got(originalContext);
        }
    }

    /** True if attention is plain. */
    public boolean isNone() {
        return chunkSize == 0;
    }

    /** Positions in a chunk. */
    public int length() {
        return chunkSize - localSize;
    }
}
