package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.PanelProducts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/**
 * Steps of a layer by themselves, whatever the layer's graph calls and does there: a graph has them once more, behind one with all that
 * comes before them in the layer.
 */
final class MeasuredStep {
    private final KernelCase which;
    private final LayerWeights weights;
    private final AttentionPolicy policy;
    private final HostArrays host;
    private final GraphChain chain;
    private final StageArrays a;
    private final BatchArrays b; // null where a single row runs
    private final Steps before;
    private final Steps own;
    private final Steps after;
    private final CheckedLayer layer;
    private final Runnable idle;

    private MeasuredStep(KernelForms forms, KernelCase which, Model model, HostArrays host) {
        ModelConfig config = model.config();
        int rows = which.tokens() == 1 ? 1 : PanelProducts.tokens(which.tokens());
        StageOptions options = StageOptions.DEFAULT.withContext(KernelWork.position(which) + which.tokens()).withBatch(rows)
                .withKvType(which.kvType()).withKernels(new KernelChoice(which.family(), 0));
        this.which = which;
        this.host = host;
        this.weights = model.layers().getFirst();
        this.policy = new AttentionPolicies(config).forPrompt(1).getFirst();
        this.chain = new GraphChain(forms.groups());
        this.a = new StageArrays(config, rows);
        a.cursor.init(0);
        LayerWeightsOnDevice packed = new LayerWeightsOnDevice(List.of(weights), host);
        KvPool pool = new KvPool(config, 0, new int[1], options, host);
        host.begin();
        Steps enter = chain.next("enter");
        EnterGraph.describe(enter, a);
        Steps whole = chain.next("whole");
        whole.reserve(pool.keys, pool.values).own(pool.layers, a.qkv, a.turned, a.attended, a.gated);
        if (rows == 1) {
            this.b = null;
            LayerGraph.describe(whole, config, packed, a, pool, forms);
        } else {
            this.b = new BatchArrays(config, List.of(packed), rows, forms, host);
            b.placeIn(whole);
            BatchGraph.describe(whole, config, packed, a, b, pool, forms);
        }
        CallPath path = new CallPath(chain, config, a, enter, List.of(whole));
        KvMoves moves = new KvMoves(chain, pool);
        this.layer = new CheckedLayer(config, weights, policy, options, 0, path, path, pool, moves);
        this.idle = () -> {
            path.idle();
            moves.idle();
        };

        List<String> names = whole.names();
        Pattern wanted = KernelWork.steps(which);
        List<String> measured = names.stream().filter(name -> wanted.matcher(name).matches()).toList();
        if (measured.isEmpty()) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "kernels of family " + forms.family().word() + " have no step for "
                    + which.kind() + " in a call of " + which.tokens()).got(names);
        }
        int first = names.indexOf(measured.getFirst());
        this.before = chain.late("before").send(a.sent).again(enter, name -> true) // no other layer follows the whole one
                .again(whole, names.subList(0, first)::contains);
        this.own = chain.late("own");
        if (measured.contains("rope_attention")) {
            own.send(a.sent).again(enter, name -> true); // these two leave the cursor at the next layer, and there is none
        }
        own.again(whole, measured::contains);
        this.after = chain.late("after").again(whole, names.subList(first + measured.size(), names.size())::contains);
    }

    /**
     * Opens a step's case.
     *
     * @throws EngineException UNSUPPORTED if the layer's graph has no such step
     */
    static KernelRun open(TornadoDevice tornado, KernelForms forms, KernelCase which) {
        if (which.tokens() > TornadoLayerStage.BATCH || which.tokens() > 1 && forms.family() == KernelFamily.FPGA) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "kernels of family " + forms.family().word() + " take no such call")
                    .expected("at most " + (forms.family() == KernelFamily.FPGA ? 1 : TornadoLayerStage.BATCH) + " tokens")
                    .got(which.tokens());
        }
        try (RandomLayer random = new RandomLayer(which.shape(), which.type(), 1)) {
            HostArrays host = new HostArrays();
            try {
                return new MeasuredStep(forms, which, random.model(), host).open(tornado);
            } catch (RuntimeException | Error e) {
                host.close(); // before the weights that it is being filled from
                throw e;
            }
        }
    }

    private KernelRun open(TornadoDevice tornado) {
        chain.open(tornado, idle, host);
        try {
            chain.ensureJoined(after);
            CheckRow worst = StageCheck.worst(check());
            KernelWork work = KernelWork.of(which, weights, policy, experts(runUpTo(own)));
            return new DeviceKernelRun(chain, own, work, worst::error, worst.tolerance(), this::close);
        } catch (RuntimeException | Error e) {
            chain.close();
            throw e;
        }
    }

    private void close() {
        try {
            chain.close();
        } finally {
            host.close();
        }
    }

    /**
     * The whole layer by the reference, and its steps in three graphs by the whole layer. Meanwhile a call with other rows goes through, so
     * that nothing is there already.
     */
    private List<CheckRow> check() {
        int count = which.tokens();
        int position = KernelWork.position(which);
        List<CheckRow> rows = new ArrayList<>(StageCheck.call(layer, position, count));
        int size = count * which.shape().dim();
        float[] drawn = Measured.gaussian(2 * size).toHeapArray();
        float[] wanted = layer.prefill().trace(Arrays.copyOf(drawn, size), count, policy, 0, position, 0).out();
        float[] sent = a.sent.toHeapArray();
        layer.prefill().trace(Arrays.copyOfRange(drawn, size, 2 * size), count, policy, 0, position, 0);
        for (int i = 0; i < sent.length; i++) {
            a.sent.set(i, sent[i]);
        }
        runUpTo(after).transferToHost(a.x);
        float[] got = Arrays.copyOf(a.x.toHeapArray(), size);
        rows.add(CheckRow.ran("a layer in parts", which.family(), which.type().name(), "-", CheckRow.distance(got, wanted),
                StageCheck.TOLERANCE, 0, ""));
        return rows;
    }

    private TornadoExecutionResult runUpTo(Steps last) {
        List<Steps> all = List.of(before, own, after);
        TornadoExecutionResult result = null;
        for (Steps steps : all.subList(0, all.indexOf(last) + 1)) {
            result = chain.run(steps);
        }
        return result;
    }

    /** How many experts' weights a run reads. */
    private int experts(TornadoExecutionResult result) {
        if (which.kind() != KernelCase.Kind.EXPERTS || b == null) {
            return which.shape().mixture().used();
        }
        result.transferToHost(b.mixture.ranges);
        int experts = 0;
        for (int e = 0; e < which.shape().mixture().experts(); e++) {
            int range = e * MixtureKernels.RANGE;
            experts += b.mixture.ranges.get(range + 2) > b.mixture.ranges.get(range + 1) ? 1 : 0;
        }
        return experts;
    }
}
