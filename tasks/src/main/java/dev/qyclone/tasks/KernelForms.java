package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.tasks.kernels.GroupAttention;
import dev.qyclone.tasks.kernels.TileProducts;
import java.util.List;
import java.util.stream.Stream;

/**
 * In which forms a device's kernels run, and why: as the user says, else by what the device is, and within its limits.
 *
 * @param family the forms' family, never {@link KernelFamily#AUTO}
 * @param tiles of prompts' products, or null where these run by panels, or token by token
 * @param units the device's compute units, at least 1
 * @param mixed whether weights of several types may be multiplied in one launch
 * @param words the choice with its reasons, for the user
 */
record KernelForms(
        KernelFamily family, ProductSteps.Form products, TileShape tiles, AttentionSteps.Form attention, WorkGroups groups, int units,
        boolean mixed, String words) {
    /** What TornadoVM's way to FPGAs asks of every group. */
    static final int FPGA_GROUP = 64;
    /** Items of a group where nothing else is asked for: as many as every GPU has, and enough for it. */
    private static final int USUAL_GROUP = 64;
    /** Most items of a group that kernels lay out local memory for. */
    private static final int LARGEST_GROUP = 256;
    /** Groups for each of a CPU's threads, so that the one that is held up leaves some to the others. */
    private static final int GROUPS_A_THREAD = 4;

    /**
     * The forms for a device.
     *
     * @param headDim of the model's heads
     * @throws EngineException UNSUPPORTED if the device's work-groups are too small for the family that was asked for by name
     */
    static KernelForms of(KernelChoice choice, Device device, int headDim) {
        KernelForms forms = chosen(choice, device, headDim);
        return forms.products() == ProductSteps.Form.ROWS ? forms : forms.withMixed(InliningLimits.areRaised(System::getProperty));
    }

    /** The forms in a JVM where TornadoVM inlines what kernels for weights of several types call, or in one where it does not. */
    KernelForms withMixed(boolean inlined) {
        return new KernelForms(family, products, tiles, attention, groups, units, inlined, inlined ? words
                : words + "; a launch for each type of weights, for want of " + InliningLimits.FLAGS);
    }

    private static KernelForms chosen(KernelChoice choice, Device device, int headDim) {
        DeviceFacts facts = device.facts();
        int limit = facts.workGroupLimit() > 0 ? facts.workGroupLimit() : LARGEST_GROUP;
        int wished = choice.workGroup() > 0 ? Math.min(choice.workGroup(), LARGEST_GROUP) : USUAL_GROUP;
        int size = Math.min(wished, limit);
        boolean asked = choice.family() != KernelFamily.AUTO;
        String why = asked ? "asked for" : trait(device.kind());
        if (choice.workGroup() > size) {
            why += "; work-groups of " + size + " and not of " + choice.workGroup() + ", the most that "
                    + (size == limit ? "the device allows" : "there are kernels for");
        }
        KernelFamily family = asked ? choice.family() : suited(device.kind());
        int units = Math.max(1, facts.computeUnits());
        WorkGroups lanes = choice.workGroup() > 0 || !runsItemsAsThreads(device.kind()) ? WorkGroups.upTo(size)
                : WorkGroups.spread(size, GROUPS_A_THREAD * units);
        return switch (family) {
            case FPGA -> fpga(device, limit, lanes, units, asked, why);
            case CONTEXT -> context(facts, size, lanes, units, headDim, why);
            case PARALLEL, AUTO -> lanes(lanes, units, why);
        };
    }

    /** The families in which a device's prompts need no matrix in floats, if work-groups are as large as they are by themselves. */
    static List<KernelFamily> packedPrompts(Device device) {
        return Stream.of(KernelFamily.AUTO, KernelFamily.CONTEXT)
                .filter(family -> of(new KernelChoice(family, 0), device, GroupAttention.MAX_HEAD_DIM).tiles() != null).toList();
    }

    private static KernelForms lanes(WorkGroups groups, int units, String why) {
        return forms(KernelFamily.PARALLEL, ProductSteps.Form.LANES, null, AttentionSteps.Form.LANES, groups, units, why);
    }

    /** A group then runs on one thread, one item after the other: it is as large as what is the same for all of its items is worth. */
    private static boolean runsItemsAsThreads(DeviceKind kind) {
        return switch (kind) {
            case CPU, SIMULATOR -> true;
            case GPU, FPGA, OTHER -> false;
        };
    }

    private static KernelForms fpga(Device device, int limit, WorkGroups lanes, int units, boolean asked, String why) {
        if (limit < FPGA_GROUP && !asked) {
            return lanes(lanes, units, why + ", but that needs work-groups of " + FPGA_GROUP + " and the device allows " + limit);
        }
        if (limit < FPGA_GROUP) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "kernels of family fpga do not run on " + device.id())
                    .expected("work-groups of " + FPGA_GROUP).got("at most " + limit).remedy("choose kernels: parallel");
        }
        return forms(KernelFamily.FPGA, ProductSteps.Form.ROWS, null, AttentionSteps.Form.PLAIN, WorkGroups.of(FPGA_GROUP), units, why);
    }

    private static KernelForms context(DeviceFacts facts, int size, WorkGroups lanes, int units, int headDim, String why) {
        long local = facts.localMemoryBytes();
        long needed = ProductSteps.LOCAL_BYTES;
        if (size < ProductSteps.LEAST_GROUP) {
            return lanes(lanes, units, why + ", but products by work-groups need at least " + ProductSteps.LEAST_GROUP + " items in one");
        }
        if (local > 0 && local < needed) {
            return lanes(lanes, units,
                    why + ", but products by work-groups need " + needed + " bytes of local memory and there are " + local);
        }
        TileShape tiles = TileShape.of(size, facts.computeUnits());
        if (local > 0 && local < TileProducts.LOCAL_BYTES) {
            tiles = null;
            why += "; prompts by panels, since tiles need " + TileProducts.LOCAL_BYTES + " bytes of local memory and there are " + local;
        }
        AttentionSteps.Form attention = AttentionSteps.Form.GROUPS;
        if (headDim > GroupAttention.MAX_HEAD_DIM) {
            attention = AttentionSteps.Form.PLAIN;
            why += "; attention without local memory, which is laid out for heads of up to " + GroupAttention.MAX_HEAD_DIM;
        } else if (local > 0 && local < GroupAttention.LOCAL_BYTES) {
            attention = AttentionSteps.Form.PLAIN;
            why += "; attention without local memory, of which it needs " + GroupAttention.LOCAL_BYTES + " bytes and there are " + local;
        }
        return forms(KernelFamily.CONTEXT, ProductSteps.Form.GROUPS, tiles, attention, WorkGroups.upTo(size), units, why);
    }

    private static KernelForms forms(
            KernelFamily family, ProductSteps.Form products, TileShape tiles, AttentionSteps.Form attention, WorkGroups groups, int units,
            String why) {
        String prompts = tiles != null ? tiles.words() : switch (products) {
            case LANES, GROUPS -> BatchPanels.WORDS;
            case ROWS -> "token by token";
        };
        return new KernelForms(family, products, tiles, attention, groups, units, false, "kernels " + family.word() + " (products "
                + products.words() + ", of prompts " + prompts + ", attention " + attention.words() + "): " + why);
    }

    private static KernelFamily suited(DeviceKind kind) {
        return switch (kind) {
            case CPU, SIMULATOR -> KernelFamily.PARALLEL;
            case GPU, OTHER -> KernelFamily.CONTEXT;
            case FPGA -> KernelFamily.FPGA;
        };
    }

    private static String trait(DeviceKind kind) {
        return switch (kind) {
            case CPU, SIMULATOR -> "a CPU runs an item as one thread, with vectors";
            case GPU -> "a GPU runs neighbouring items in step";
            case OTHER -> "taken for a GPU, which runs neighbouring items in step";
            case FPGA -> "an FPGA is given what can be synthesized";
        };
    }
}
