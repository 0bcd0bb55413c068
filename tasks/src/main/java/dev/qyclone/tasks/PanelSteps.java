package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PanelFill;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Packed matrices of any type as panels of floats. */
record PanelSteps(Steps steps, IntArray cursor, int cell, IntArray layers) {
    void fill(String step, StackedMatrix.Part part, FloatArray panels) {
        PackedMatrix m = part.matrix();
        steps.own(m.words(), m.scales());
        int items = m.groups() * Math.ceilDiv(m.cols(), 32);
        steps.overItems(step, items, (graph, task) -> {
            switch (m.type()) {
                case F32 -> graph.task(task, PanelFill::fromFloats, cursor, cell, layers, m.words(), m.scales(), panels, items, m.rows(),
                        m.cols(), m.format(), part.place(), part.firstRow());
                case F16 -> graph.task(task, PanelFill::fromHalves, cursor, cell, layers, m.words(), m.scales(), panels, items, m.rows(),
                        m.cols(), m.format(), part.place(), part.firstRow());
                case BF16 -> graph.task(task, PanelFill::fromRelative, cursor, cell, layers, m.words(), m.scales(), panels, items,
                        m.rows(), m.cols(), m.format(), part.place(), part.firstRow());
                case Q8_0 -> graph.task(task, PanelFill::fromBytes, cursor, cell, layers, m.words(), m.scales(), panels, items, m.rows(),
                        m.cols(), m.format(), part.place(), part.firstRow());
                case Q4_0, Q4_1, Q4_K -> graph.task(task, PanelFill::fromNibbles, cursor, cell, layers, m.words(), m.scales(), panels,
                        items, m.rows(), m.cols(), m.format(), part.place(), part.firstRow());
                case Q5_0, Q5_1, Q5_K, Q6_K -> graph.task(task, PanelFill::fromWide, cursor, cell, layers, m.words(), m.scales(), panels,
                        items, m.rows(), m.cols(), m.format(), part.place(), part.firstRow());
            }
        });
    }
}
