package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.TileProducts;

/**
 * How products of many tokens are cut into the tiles of {@link TileProducts}, where they run in this form.
 *
 * @param items of a work-group, a power of two from {@link #LEAST_ITEMS} to {@link TileProducts#ITEMS}
 * @param processors how many work-groups the device runs at once, roughly
 */
record TileShape(int items, int processors) {
    /** Fewest items of a group: each of its columns of items has tokens of its own. */
    static final int LEAST_ITEMS = 16;
    /** Tiles that a processor shall have, so that one computes while another waits for its weights. */
    private static final int TILES_A_PROCESSOR = 2;

    TileShape {
        if (items < LEAST_ITEMS || items > TileProducts.ITEMS || Integer.bitCount(items) != 1 || processors < 1) {
            throw new IllegalArgumentException("tiles of " + items + " items for " + processors + " processors");
        }
    }

    /** Tiles for work-groups of up to {@code limit} items, at least {@link #LEAST_ITEMS}. */
    static TileShape of(int limit, int processors) {
        return new TileShape(Math.min(TileProducts.ITEMS, Integer.highestOneBit(limit)), Math.max(1, processors));
    }

    /** Tokens of a tile. */
    int tokens() {
        return items / 2;
    }

    /** Tiles beside each other for a call of up to so many tokens. */
    int tokenTiles(int most) {
        return Math.ceilDiv(most, tokens());
    }

    /**
     * Bands of rows that a tile has: two, for which each value that is read from local memory is multiplied most often; or one, where two
     * would leave processors without work.
     *
     * @param gated whether the rows are gates and ups, which take a band each
     */
    int bands(int rows, int mostTokens, boolean gated) {
        boolean many = groups(rows, mostTokens, 2) >= TILES_A_PROCESSOR * processors;
        return gated || many ? 2 : 1;
    }

    /** Work-groups for a matrix. */
    int groups(int rows, int mostTokens, int bands) {
        return Math.multiplyExact(Math.ceilDiv(rows, TileProducts.BAND * bands), tokenTiles(mostTokens));
    }

    String words() {
        return "a work-group for up to " + 2 * TileProducts.BAND + " rows and " + tokens() + " tokens";
    }
}
