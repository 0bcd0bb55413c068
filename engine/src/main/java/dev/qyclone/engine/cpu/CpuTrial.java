package dev.qyclone.engine.cpu;

import dev.qyclone.engine.ops.Ops;

/**
 * One kernel with the input that it is tried on.
 *
 * @param kernel its name in the report
 * @param type of the weights or of the cache, or a dash
 * @param shape in words
 * @param tolerance relative L2 distance to the reference that still counts as right
 * @param start what the output array holds before the call: the input of a kernel that works in place, else NaN, so that an element
 *     that is not written shows
 * @param work bytes read or operations done by one call, in units of 10^9
 * @param unit of a rate: GB/s or GFLOP/s
 */
record CpuTrial(String kernel, String type, String shape, double tolerance, float[] start, double work, String unit, Call call) {
    /** Runs the kernel. */
    @FunctionalInterface
    interface Call {
        void on(Ops ops, float[] out);
    }
}
