package dev.qyclone.engine.tokens;

import java.util.Arrays;

/**
 * Byte-pair merging of one piece after another: the neighbours of lowest rank join first, the leftmost of equals, until none
 * join. Parts are a linked list over arrays, candidates a heap of (rank, left index), so that n bytes take O(n log n).
 * Keeps its arrays from piece to piece; one per encoding call.
 *
 * <p>Why not jtokkit: with Qwen's ranks its results are equal and its time on 1 MB words is linear too, but it knows ranks of
 * byte strings only, so that it cannot follow a list of pairs: with the merges {@code b c, a b, ab c} the text {@code abc} is
 * {@code a bc} (Hugging Face's tokenizers say so too), and jtokkit 1.1.0 makes {@code abc} of it. GGUF and tokenizer.json carry
 * such lists. It also took three times as long to load and three times the heap, and reads a system property.
 */
final class PieceMerger {
    private final Merges merges;
    /** The token of each single byte. */
    private final int[] byteIds;
    private int[] ids = new int[64];
    private int[] next = new int[64];
    private int[] previous = new int[64];
    /** Rank of joining a part with its right neighbour; a heap entry of another rank is out of date. */
    private int[] ranks = new int[64];
    private long[] heap = new long[192];
    private int heapSize;
    private long steps;

    PieceMerger(Merges merges, int[] byteIds) {
        this.merges = merges;
        this.byteIds = byteIds;
    }

    /** Merges {@code text[0 .. length)} and appends its ids. */
    void merge(byte[] text, int length, IdBuffer out) {
        reserve(length);
        for (int i = 0; i < length; i++) {
            ids[i] = byteIds[text[i] & 0xFF];
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (int i = 0; i < length; i++) {
            rank(i, length);
        }
        while (heapSize > 0) {
            long candidate = pop();
            int rank = (int) (candidate >>> 32);
            int left = (int) candidate;
            if (ranks[left] == rank) {
                join(left, rank, length);
            }
        }
        for (int i = 0; i < length; i = next[i]) {
            out.add(ids[i]);
        }
    }

    /** Candidates looked at so far: the work, for tests of its growth. */
    long steps() {
        return steps;
    }

    private void join(int left, int rank, int length) {
        int right = next[left];
        int after = next[right];
        ids[left] = merges.result(rank);
        next[left] = after;
        ranks[right] = Merges.NEVER;
        if (after < length) {
            previous[after] = left;
        }
        rank(left, length);
        if (previous[left] >= 0) {
            rank(previous[left], length);
        }
    }

    private void rank(int left, int length) {
        int right = next[left];
        ranks[left] = right == length ? Merges.NEVER : merges.rank(ids[left], ids[right]);
        if (ranks[left] != Merges.NEVER) {
            push((long) ranks[left] << 32 | left);
        }
    }

    private void reserve(int length) {
        if (length <= ids.length) {
            return;
        }
        int capacity = Math.max(length, ids.length * 2);
        ids = new int[capacity];
        next = new int[capacity];
        previous = new int[capacity];
        ranks = new int[capacity];
    }

    private void push(long candidate) {
        steps++;
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, heapSize * 2);
        }
        int at = heapSize++;
        while (at > 0 && heap[(at - 1) / 2] > candidate) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = candidate;
    }

    private long pop() {
        long top = heap[0];
        long last = heap[--heapSize];
        int at = 0;
        for (int child = 1; child < heapSize; child = 2 * at + 1) {
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= last) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return top;
    }
}
