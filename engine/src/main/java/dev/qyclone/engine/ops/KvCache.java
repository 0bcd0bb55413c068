package dev.qyclone.engine.ops;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Keys and values of one layer of one session on the host, off the heap, in pages of {@link #PAGE} positions that are taken
 * when they are reached: a long context costs nothing until it is used.
 *
 * <p>A page holds, for every key head, the keys as [PAGE / BLOCK][headDim][BLOCK] (one vector load gives one dimension of
 * {@link #BLOCK} neighbouring positions, so that q · k needs no horizontal sum and the query heads of a group share each load),
 * and behind all keys the values as [kvHead][PAGE][valueStride], where the rows are padded with zeros to {@link #valueStride()}.
 * Slots that were not written hold zeros or what a truncated position left; readers must not let them count.
 *
 * <p>With a window the pages form a ring: where a new page is needed, the oldest one is taken whose positions no coming query
 * sees. The ring is as long as the window and the largest append together need, so memory stops growing with the text.
 */
public final class KvCache implements AutoCloseable {
    /** Positions in a page. */
    public static final int PAGE = 256;
    /** Neighbouring positions whose keys lie interleaved. */
    public static final int BLOCK = 16;

    private static final int VALUE_GRAIN = 32;
    private static final long ALIGNMENT = 64;

    private final int kvHeads;
    private final int headDim;
    private final int context;
    private final KvType type;
    private final int window;
    private final int valueStride;
    private final Arena arena = Arena.ofShared();
    /** Of neighbouring positions, from {@link #firstPage} · PAGE on; those behind the length are for reuse. */
    private final List<MemorySegment> pages = new ArrayList<>();
    private int firstPage;
    private int length;
    private boolean finite = true;

    /** One that keeps all positions, as {@link #KvCache(int, int, int, KvType, int)} with window 0. */
    public KvCache(int kvHeads, int headDim, int context, KvType type) {
        this(kvHeads, headDim, context, type, 0);
    }

    /**
     * @param context positions it may grow to
     * @param type how elements are kept; F16 rounds to the nearest half
     * @param window how many positions a query sees, its own included, so that older ones may be dropped; 0 to keep all
     */
    public KvCache(int kvHeads, int headDim, int context, KvType type, int window) {
        if (kvHeads < 1 || headDim < 1 || context < 1) {
            throw new IllegalArgumentException("kvHeads " + kvHeads + ", headDim " + headDim + ", context " + context + ": not all > 0");
        }
        if (window < 0) {
            throw new IllegalArgumentException("window " + window + " < 0");
        }
        this.window = window;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.context = context;
        this.type = type;
        this.valueStride = Math.ceilDiv(headDim, VALUE_GRAIN) * VALUE_GRAIN;
    }

    public int kvHeads() {
        return kvHeads;
    }

    public int headDim() {
        return headDim;
    }

    /** Positions it may grow to. */
    public int context() {
        return context;
    }

    public KvType type() {
        return type;
    }

    /** Positions a query sees, its own included; 0 for all. */
    public int window() {
        return window;
    }

    /** Positions written, those that were dropped included: where the next row goes. */
    public int length() {
        return length;
    }

    /** The first position whose row is still held. */
    public int firstHeld() {
        return firstPage * PAGE;
    }

    /** Memory taken now, in bytes. */
    public long bytes() {
        return pages.size() * pageBytes();
    }

    /** Memory that {@code positions} positions would take if all were kept, in bytes. */
    public long bytesFor(int positions) {
        return Math.ceilDiv(positions, PAGE) * pageBytes();
    }

    /**
     * Writes the keys and values of the next positions, and makes them part of the cache.
     *
     * @param k (tokens, kvHeads · headDim), turned
     * @param v (tokens, kvHeads · headDim)
     * @throws EngineException CONTEXT_FULL if they do not fit, OUT_OF_MEMORY if no page is to be had; the cache is as before then
     */
    public void append(float[] k, float[] v, int tokens) {
        if (tokens > context - length) {
            throw new EngineException(ErrorCode.CONTEXT_FULL, "the context is full")
                    .expected("at most " + context + " positions").got((long) length + tokens)
                    .remedy("choose a larger context or a shorter prompt");
        }
        reservePages(firstVisible(length) / PAGE, Math.ceilDiv(length + tokens, PAGE));
        for (int t = 0; t < tokens; t++) {
            write(k, v, t * kvHeads * headDim, length + t);
        }
        length += tokens;
    }

    /** The first position that a query at {@code position} sees. */
    private int firstVisible(int position) {
        return window == 0 ? 0 : Math.max(0, position - window + 1);
    }

    /** Makes room up to page {@code end}, exclusive, where those before {@code firstNeeded} may be taken. */
    private void reservePages(int firstNeeded, int end) {
        int missing = end - firstPage - pages.size();
        int taken = Math.clamp(missing, 0, firstNeeded - firstPage);
        for (int i = taken; i < missing; i++) {
            pages.add(newPage());
        }
        Collections.rotate(pages, -taken);
        firstPage += taken;
    }

    private MemorySegment newPage() {
        try {
            return arena.allocate(pageBytes(), ALIGNMENT);
        } catch (OutOfMemoryError e) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "no memory for keys and values of position " + length, e)
                    .expected(pageBytes() + " bytes").remedy("choose a smaller context, or 16-bit keys and values");
        }
    }

    private void write(float[] k, float[] v, int row, int position) {
        MemorySegment page = page(position);
        for (int head = 0; head < kvHeads; head++) {
            int from = row + head * headDim;
            long value = valueIndex(position, head, 0);
            switch (type) {
                case F32 -> {
                    MemorySegment.copy(v, from, page, ValueLayout.JAVA_FLOAT, value * Float.BYTES, headDim);
                    for (int d = 0; d < headDim; d++) {
                        page.setAtIndex(ValueLayout.JAVA_FLOAT, keyIndex(position, head, d), k[from + d]);
                    }
                }
                case F16 -> {
                    int outside = 0;
                    for (int d = 0; d < headDim; d++) {
                        short keyHalf = Float.floatToFloat16(k[from + d]);
                        short valueHalf = Float.floatToFloat16(v[from + d]);
                        // The exponent's bits, all set in what is infinite or no number, carry into the sign's place then.
                        outside |= (keyHalf & 0x7c00) + 0x0400 | (valueHalf & 0x7c00) + 0x0400;
                        page.setAtIndex(ValueLayout.JAVA_SHORT, keyIndex(position, head, d), keyHalf);
                        page.setAtIndex(ValueLayout.JAVA_SHORT, value + d, valueHalf);
                    }
                    finite &= (outside & 0x8000) == 0;
                }
            }
        }
    }

    /** False from the first half on that became infinite, or is no number, until all positions are forgotten; floats are not looked at. */
    boolean finiteHalves() {
        return finite;
    }

    /** True if a query at {@code newLength} would still find all that it sees, so that {@link #truncate} can go there. */
    public boolean canTruncate(int newLength) {
        return newLength == 0 || newLength > 0 && newLength <= length && firstVisible(newLength) >= firstHeld();
    }

    /**
     * Forgets all positions from {@code newLength} on; pages stay for reuse.
     *
     * @throws IllegalArgumentException if it {@link #canTruncate cannot}
     */
    public void truncate(int newLength) {
        if (!canTruncate(newLength)) {
            throw new IllegalArgumentException("length " + newLength + " outside [0, " + length + "], or rows before it were dropped: "
                    + "held from " + firstHeld() + " on");
        }
        if (newLength == 0) {
            firstPage = 0;
            finite = true;
        }
        length = newLength;
    }

    /**
     * Becomes a copy of the first {@code positions} positions of another cache, as far as it holds them.
     *
     * @throws IllegalArgumentException if sizes, type or window differ, if the source {@link #canTruncate cannot} go there, or if
     *     the context is smaller
     * @throws EngineException OUT_OF_MEMORY if no page is to be had; the cache is as before then
     */
    public void copyFrom(KvCache source, int positions) {
        boolean alike = kvHeads == source.kvHeads && headDim == source.headDim && type == source.type && window == source.window;
        if (!alike || positions > context || !source.canTruncate(positions)) {
            throw new IllegalArgumentException("cannot copy " + positions + " positions into a context of " + context
                    + " from a cache " + (alike ? "that holds [" + source.firstHeld() + ", " + source.length + ")" : "of other sizes"));
        }
        int first = positions == 0 ? 0 : source.firstPage;
        int count = Math.ceilDiv(positions, PAGE) - first;
        while (pages.size() < count) {
            pages.add(newPage());
        }
        for (int i = 0; i < count; i++) {
            pages.get(i).copyFrom(source.pages.get(i));
        }
        firstPage = first;
        length = positions;
        finite = source.finite;
    }

    /** Element {@code d} of the key of {@code kvHead} at {@code position}, {@link #firstHeld()} ≤ position < {@link #length()}. */
    public float key(int position, int kvHead, int d) {
        return element(position, keyIndex(position, kvHead, d));
    }

    /** Element {@code d} of the value of {@code kvHead} at {@code position}, {@link #firstHeld()} ≤ position < {@link #length()}. */
    public float value(int position, int kvHead, int d) {
        return element(position, valueIndex(position, kvHead, d));
    }

    private float element(int position, long index) {
        if (position < firstHeld() || position >= length) {
            throw new IndexOutOfBoundsException("position " + position + " outside [" + firstHeld() + ", " + length + ")");
        }
        return switch (type) {
            case F32 -> page(position).getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case F16 -> Float.float16ToFloat(page(position).getAtIndex(ValueLayout.JAVA_SHORT, index));
        };
    }

    /** The page that holds {@code position}, in the layout above; a position before {@link #firstHeld()} has none. */
    MemorySegment page(int position) {
        return pages.get(position / PAGE - firstPage);
    }

    /** Elements from one value row of a head to the next. */
    int valueStride() {
        return valueStride;
    }

    /** Where, in elements from the start of its page, a key element lies. */
    long keyIndex(int position, int kvHead, int d) {
        int inPage = position % PAGE;
        return (long) kvHead * PAGE * headDim + (long) (inPage / BLOCK) * headDim * BLOCK + d * BLOCK + inPage % BLOCK;
    }

    /** Where, in elements from the start of its page, a value element lies. */
    long valueIndex(int position, int kvHead, int d) {
        return (long) kvHeads * PAGE * headDim + ((long) kvHead * PAGE + position % PAGE) * valueStride + d;
    }

    private long pageBytes() {
        return (long) kvHeads * PAGE * (headDim + valueStride) * type.bytes();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
