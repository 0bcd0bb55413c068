package dev.qyclone.profiles;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.StageOptions;

/** What the arrays of a device hold, whatever its memory is: weights of one role of all layers of a stage lie in one. */
public final class StageArrays {
    private final ModelNeeds needs;
    private final Device device;
    private final StageOptions options;

    /** @param options of the stages; their context is not 0 */
    public StageArrays(ModelNeeds needs, Device device, StageOptions options) {
        this.needs = needs;
        this.device = device;
        this.options = options;
    }

    /** True if a layer by itself can be on the device. */
    public boolean hold(int layer) {
        return new RunDraft(needs, layer, device, options).refusal(layer).isEmpty();
    }

    /** True if the output can be on the device. */
    public boolean holdOutput() {
        long largest = device.facts().largestBufferBytes();
        WeightRole output = needs.output();
        boolean small = (largest == 0 || output.copied() <= largest) && output.elements() <= RunDraft.MOST_ELEMENTS;
        return Machine.isHost(device) || small;
    }

    /** How many layers one stage takes that ends with the model's last, at most {@code most}. */
    public int lastLayers(int most) {
        int last = needs.layers().size() - 1;
        RunDraft run = new RunDraft(needs, last, device, options);
        int count = 0;
        // What all of them take of an array does not depend on their order.
        while (count < Math.min(most, last + 1) && run.refusal(last - count).isEmpty()) {
            run.add(last - count, "");
            count++;
        }
        return count;
    }
}
