package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** Where the rows of packed matrices go in panels. */
public final class Panels {
    /** One after the other. */
    public static final int BELOW = 0;
    /** Eight rows in the lower lanes of each panel: gates. */
    public static final int LOWER = 1;
    /** Eight rows in the upper lanes of each panel: ups. */
    public static final int UPPER = 2;

    private Panels() {
    }

    /** One column of rows 0 to 7 of a group of sixteen. */
    static void setLower(FloatArray panels, int g, int column, Float16 w, int rows, int cols, int place, int firstRow) {
        int row = g * 16;
        set(panels, row, column, w.getS0(), rows, cols, place, firstRow);
        set(panels, row + 1, column, w.getS1(), rows, cols, place, firstRow);
        set(panels, row + 2, column, w.getS2(), rows, cols, place, firstRow);
        set(panels, row + 3, column, w.getS3(), rows, cols, place, firstRow);
        set(panels, row + 4, column, w.getS4(), rows, cols, place, firstRow);
        set(panels, row + 5, column, w.getS5(), rows, cols, place, firstRow);
        set(panels, row + 6, column, w.getS6(), rows, cols, place, firstRow);
        set(panels, row + 7, column, w.getS7(), rows, cols, place, firstRow);
    }

    /** One column of rows 8 to 15; apart, because TornadoVM inlines no large method. */
    static void setUpper(FloatArray panels, int g, int column, Float16 w, int rows, int cols, int place, int firstRow) {
        int row = g * 16 + 8;
        set(panels, row, column, w.getS8(), rows, cols, place, firstRow);
        set(panels, row + 1, column, w.getS9(), rows, cols, place, firstRow);
        set(panels, row + 2, column, w.getS10(), rows, cols, place, firstRow);
        set(panels, row + 3, column, w.getS11(), rows, cols, place, firstRow);
        set(panels, row + 4, column, w.getS12(), rows, cols, place, firstRow);
        set(panels, row + 5, column, w.getS13(), rows, cols, place, firstRow);
        set(panels, row + 6, column, w.getS14(), rows, cols, place, firstRow);
        set(panels, row + 7, column, w.getS15(), rows, cols, place, firstRow);
    }

    private static void set(FloatArray panels, int row, int column, float w, int rows, int cols, int place, int firstRow) {
        int to = firstRow + row;
        if (place == LOWER) {
            to = ((row >> 3) << 4) + (row & 7);
        } else if (place == UPPER) {
            to = ((row >> 3) << 4) + (row & 7) + 8;
        }
        if ((rows & 15) == 0 || row < rows) {
            panels.set(((to >> 4) * cols + column) * 16 + (to & 15), w);
        }
    }
}
