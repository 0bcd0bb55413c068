package dev.qyclone.tasks.lint;

import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds in the bytecode of kernels what TornadoVM is known to compile wrongly. Integers that a kernel is handed are taken for sizes
 * and indices, so for not negative, and so is what the arrays {@code call}, {@code cursor}, {@code layers} and {@code sizes} hold.
 */
final class KernelLint {
    private static final Set<String> OF_SIZES = Set.of("call", "cursor", "layers", "sizes");
    private static final Set<String> OPENCL_WORDS = Set.of(("""
            kernel global local constant private read_only write_only read_write half uchar ushort uint ulong size_t ptrdiff_t bool
            float2 float4 float8 float16 int2 int4 int8 int16 sampler_t event_t image2d_t image3d_t
            get_global_id get_local_id get_group_id get_global_size get_local_size get_num_groups get_work_dim barrier mem_fence
            acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh cospi erf erfc exp exp2 exp10 expm1 fabs fdim floor fma fmax
            fmin fmod fract frexp hypot ilogb ldexp lgamma log log2 log10 log1p logb mad maxmag minmag modf nan nextafter pow pown powr
            remainder remquo rint rootn round rsqrt sin sincos sinh sinpi sqrt tan tanh tgamma trunc native_exp native_sqrt
            abs abs_diff add_sat hadd rhadd clamp clz mad_hi mad24 mad_sat max min mul_hi mul24 rotate sub_sat upsample popcount
            degrees mix radians step smoothstep sign cross dot distance length normalize fast_length fast_normalize
            isequal isnotequal isgreater isless isfinite isinf isnan isnormal signbit any all bitselect select
            vload4 vstore4 vload_half vstore_half shuffle shuffle2 prefetch async_work_group_copy wait_group_events
            atomic_add atomic_sub atomic_inc atomic_dec atomic_min atomic_max atomic_xchg atomic_cmpxchg printf main
            """).strip().split("\\s+"));

    private KernelLint() {
    }

    /** All that is wrong, by method and line. */
    static List<Finding> findings(KernelCode code) {
        Set<Finding> found = new HashSet<>();
        for (KernelMethod method : code.onDevices()) {
            if (method.isKernel()) {
                signature(method, found);
            }
            if (method.maxLocals > 0 && !method.hasVariableTable()) {
                found.add(new Finding(Rule.NO_VARIABLE_TABLE, method.label(), method.line(0), "it"));
            }
            loops(method, found);
            if (method.isKernel()) {
                ValueFlow.follow(code, found, method, arguments(method));
            }
        }
        List<Finding> sorted = new ArrayList<>(found);
        sorted.sort(Comparator.comparing(Finding::method).thenComparing(Finding::line).thenComparing(Finding::rule));
        return sorted;
    }

    private static void signature(KernelMethod method, Set<Finding> found) {
        if (OPENCL_WORDS.contains(method.name)) {
            found.add(new Finding(Rule.NAME, method.label(), method.line(0), method.name));
        }
        if (!method.takesContext() && !method.hasParallelLoop()) {
            found.add(new Finding(Rule.NOT_PARALLEL, method.label(), method.line(0), "it"));
        }
        if (method.takesContext() && method.hasParallelLoop()) {
            found.add(new Finding(Rule.MIXED, method.label(), method.line(0), "it"));
        }
    }

    private static void loops(KernelMethod method, Set<Finding> found) {
        for (Map.Entry<Integer, List<Integer>> loop : new ControlFlow(method).exitsOfLoops().entrySet()) {
            List<Integer> exits = loop.getValue();
            if (exits.size() > 1) {
                List<Integer> lines = exits.stream().map(method::line).toList();
                found.add(new Finding(Rule.SECOND_EXIT, method.label(), lines.getLast(),
                        "a loop with " + exits.size() + " ways out in lines " + lines
                                + " (of which are: each part of a condition with && or ||, break, return)"));
            }
        }
    }

    private static List<Value> arguments(KernelMethod method) {
        List<Value> arguments = new ArrayList<>();
        int slot = 0;
        for (ClassDesc type : method.type.parameterList()) {
            boolean wide = type.descriptorString().matches("[JD]");
            String name = method.variable(slot, 0);
            boolean size = type.isPrimitive() ? TypeKind.from(type).asLoadable() == TypeKind.INT || wide
                    : OF_SIZES.contains(name.substring(0, Math.max(0, name.indexOf('@'))));
            arguments.add((size ? Value.SIZE : Value.ANY).wide(wide).ofParameter(type.isPrimitive() ? -1 : slot));
            slot += wide ? 2 : 1;
        }
        return arguments;
    }
}
