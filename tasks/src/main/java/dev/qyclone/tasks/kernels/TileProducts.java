package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Float4;

/**
 * Products of many tokens with one packed matrix, by work-groups: what {@link PanelFill} and {@link PanelProducts} do on CPUs, without
 * the matrix in floats. A group of n items computes a tile of {@link #BAND} or 2 · BAND rows and n / 2 tokens. It goes through the columns
 * in slices of {@link #COLUMNS}, a block of packed weights:
 *
 * <pre>
 * weights (COLUMNS, places)       each weight decoded once for all tokens of the tile; neighbouring items take neighbouring
 *                                 rows, whose words lie side by side, and write neighbouring floats
 * inputs  (tokens, STRIDE)        neighbouring items copy neighbouring columns; a token's row begins four banks behind the one before
 * sums    4 rows · 4 tokens an item, 8 · 4 with two bands: item i has rows 4 (i % 8) to 4 (i % 8) + 3 of each band, and the tokens
 *                                 i / 8, i / 8 + n / 8, i / 8 + 2 n / 8, i / 8 + 3 n / 8 of the tile
 * </pre>
 *
 * A place is where a row of the tile lies in {@code weights}. It is the row's number in the tile, but for gates and ups: they come in
 * groups of eight gates and their eight ups, and here all gates lie in the first band and their ups in the second, so that an item has
 * both. Rows behind the last repeat the last group's and are not written, no more are tokens behind the call's last.
 */
public final class TileProducts {
    /** Rows of a band. */
    public static final int BAND = 32;
    /** Columns that are decoded at a time. */
    public static final int COLUMNS = 32;
    /** Most items of a group. */
    public static final int ITEMS = 64;
    /** Items that share a token. */
    static final int ROW_ITEMS = 8;
    /** From one token's columns to the next one's: items that read one column of neighbouring tokens meet in no bank of local memory. */
    private static final int STRIDE = COLUMNS + 4;
    /** Local memory of a group. */
    public static final int LOCAL_BYTES = Float.BYTES * (2 * BAND * COLUMNS + ITEMS / 2 * STRIDE);

    private TileProducts() {
    }

    /**
     * out = x · weightsᵀ, and what {@code flags} say of {@link Role} but for a norm.
     *
     * @param x (tokens, cols)
     * @param words the matrix, as {@link PackedMatrix} has it, with {@code scales}
     * @param bias (slices, width)
     * @param out (tokens, width)
     * @param kind {@link Elements}' number for its type
     * @param tokenTiles tiles beside each other: neighbouring groups read the same weights
     * @param bands 1 or 2, with {@link Role#GATED} 2
     * @param firstRow column of out where the rows' results begin
     */
    public static void tiles(
            KernelContext context, IntArray call, IntArray cursor, IntArray layers, FloatArray x, IntArray words, FloatArray scales,
            FloatArray bias, FloatArray out, int kind, int tokenTiles, int bands, int rows, int cols, int firstRow, int width, int flags) {
        float[] weights = context.allocateFloatLocalArray(2 * BAND * COLUMNS);
        float[] inputs = context.allocateFloatLocalArray(ITEMS / 2 * STRIDE);
        int item = context.localIdx;
        int size = context.localGroupSizeX;
        int tokens = call.get(Call.TOKENS);
        int slice = Results.slice(cursor, layers, flags);
        int format = (flags >> Role.FORMAT_SHIFT) & 255;
        int places = BAND * bands;
        int rowTile = context.groupIdx / tokenTiles;
        int firstToken = (context.groupIdx - rowTile * tokenTiles) * (size >> 1);
        int rowItem = item & (ROW_ITEMS - 1);
        int tokenItem = item >> 3;
        int apart = size >> 3;
        int input0 = tokenItem * STRIDE;
        int input1 = (tokenItem + apart) * STRIDE;
        int input2 = (tokenItem + 2 * apart) * STRIDE;
        int input3 = (tokenItem + 3 * apart) * STRIDE;
        Float4 a0 = TileSums.splat(0f);
        Float4 a1 = TileSums.splat(0f);
        Float4 a2 = TileSums.splat(0f);
        Float4 a3 = TileSums.splat(0f);
        Float4 b0 = TileSums.splat(0f);
        Float4 b1 = TileSums.splat(0f);
        Float4 b2 = TileSums.splat(0f);
        Float4 b3 = TileSums.splat(0f);
        int blocks = 0;
        if (firstToken < tokens) {
            blocks = (cols + COLUMNS - 1) / COLUMNS;
        }
        for (int b = 0; b < blocks; b++) {
            int begin = b * COLUMNS;
            context.localBarrier();
            for (int i = item; i < size * COLUMNS / 2; i += size) {
                int token = TornadoMath.min(firstToken + i / COLUMNS, tokens - 1);
                int column = i % COLUMNS;
                float value = 0f;
                if ((cols & 31) == 0 || begin + column < cols) {
                    value = x.get(token * cols + begin + column);
                }
                inputs[i / COLUMNS * STRIDE + column] = value;
            }
            // sixteen columns of a row at a time: what a scale is for in formats of six bits
            for (int unit = item; unit < 2 * places; unit += size) {
                int place = unit % places;
                int half = 2 * b + unit / places;
                int row = TileWeights.row(rowTile, place, places, rows, flags);
                int lane = row & 15;
                int group = slice * ((rows + 15) >> 4) + (row >> 4);
                int to = unit / places * (COLUMNS / 2) * places + place;
                float scale = TileWeights.scale(words, scales, kind, format, group, lane, cols, half);
                float offset = TileWeights.offset(words, scales, kind, format, group, lane, cols, half, scale);
                for (int i = 0; i < COLUMNS / 2; i++) {
                    float q = 0f;
                    if ((cols & 31) == 0 || half * 16 + i < cols) {
                        q = TileWeights.number(words, scales, kind, format, group, lane, cols, half, i);
                    }
                    weights[to + i * places] = q * scale + offset;
                }
            }
            context.localBarrier();
            int columns = TornadoMath.min(COLUMNS, cols - begin);
            for (int k = 0; k < columns; k += 4) { // behind the last are zeros
                for (int i = k; i < k + 4; i++) {
                    int at = i * places + rowItem * 4;
                    Float4 x0 = TileSums.splat(inputs[input0 + i]);
                    Float4 x1 = TileSums.splat(inputs[input1 + i]);
                    Float4 x2 = TileSums.splat(inputs[input2 + i]);
                    Float4 x3 = TileSums.splat(inputs[input3 + i]);
                    Float4 w = new Float4(weights[at], weights[at + 1], weights[at + 2], weights[at + 3]);
                    a0 = TileSums.addProduct(a0, w, x0);
                    a1 = TileSums.addProduct(a1, w, x1);
                    a2 = TileSums.addProduct(a2, w, x2);
                    a3 = TileSums.addProduct(a3, w, x3);
                    if (bands > 1) {
                        int next = at + BAND;
                        Float4 v = new Float4(weights[next], weights[next + 1], weights[next + 2], weights[next + 3]);
                        b0 = TileSums.addProduct(b0, v, x0);
                        b1 = TileSums.addProduct(b1, v, x1);
                        b2 = TileSums.addProduct(b2, v, x2);
                        b3 = TileSums.addProduct(b3, v, x3);
                    }
                }
            }
        }
        int token = firstToken + tokenItem;
        int row = rowTile * places + rowItem * 4;
        if ((flags & Role.GATED) != 0) {
            int result = rowTile * BAND + rowItem * 4;
            TileSums.keepGated(out, token, tokens, result, rows >> 1, firstRow, width, a0, b0);
            TileSums.keepGated(out, token + apart, tokens, result, rows >> 1, firstRow, width, a1, b1);
            TileSums.keepGated(out, token + 2 * apart, tokens, result, rows >> 1, firstRow, width, a2, b2);
            TileSums.keepGated(out, token + 3 * apart, tokens, result, rows >> 1, firstRow, width, a3, b3);
        } else {
            TileSums.keep(out, token, tokens, row, rows, firstRow, width, a0, bias, slice, flags);
            TileSums.keep(out, token + apart, tokens, row, rows, firstRow, width, a1, bias, slice, flags);
            TileSums.keep(out, token + 2 * apart, tokens, row, rows, firstRow, width, a2, bias, slice, flags);
            TileSums.keep(out, token + 3 * apart, tokens, row, rows, firstRow, width, a3, bias, slice, flags);
            if (bands > 1) {
                TileSums.keep(out, token, tokens, row + BAND, rows, firstRow, width, b0, bias, slice, flags);
                TileSums.keep(out, token + apart, tokens, row + BAND, rows, firstRow, width, b1, bias, slice, flags);
                TileSums.keep(out, token + 2 * apart, tokens, row + BAND, rows, firstRow, width, b2, bias, slice, flags);
                TileSums.keep(out, token + 3 * apart, tokens, row + BAND, rows, firstRow, width, b3, bias, slice, flags);
            }
        }
    }
}
