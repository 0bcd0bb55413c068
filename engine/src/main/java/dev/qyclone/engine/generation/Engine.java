package dev.qyclone.engine.generation;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.CloseAll;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Fallback;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.PlacedPipeline;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tokens.Tokenizer;
import dev.qyclone.engine.tokens.TokenizerLoader;
import java.nio.file.Path;
import java.util.List;

/**
 * A model, placed on devices and ready to hold conversations: where a newcomer starts reading.
 *
 * <pre>
 * try (Engine engine = Engine.open(Path.of("model.gguf"), "cpu");
 *         Session session = engine.newSession(SessionOptions.defaults(engine.config()))) {
 *     float[] logits = session.append(engine.tokenizer().encodeOrdinary("Once upon a time"), Session.Progress.NONE);
 * }
 * </pre>
 */
public final class Engine implements AutoCloseable {
    private final Model model;
    private final Backends backends;
    private final Placement placement;
    private final Pipeline pipeline;
    private final AttentionPolicies policies;
    private Tokenizer tokenizer;

    private Engine(Model model, Backends backends, Placement placement, Pipeline pipeline) {
        this.model = model;
        this.backends = backends;
        this.placement = placement;
        this.pipeline = pipeline;
        this.policies = new AttentionPolicies(model.config());
    }

    /**
     * Opens a model with all layers on one device, with a thread for every processor.
     *
     * @param modelPath a {@code .gguf} file or a folder
     * @param deviceId for example {@code cpu}
     */
    public static Engine open(Path modelPath, String deviceId) {
        Backends backends = Backends.discover(BackendOptions.defaults());
        try {
            Device device = backends.device(deviceId);
            Model model = ModelLoader.load(modelPath);
            return open(model, backends, Placement.allOn(device, model.config().layers(), "asked for"));
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
    }

    /** Opens every stage where the placement says. The engine owns model and backends from here on, and closes them if it fails. */
    public static Engine open(Model model, Backends backends, Placement placement) {
        return open(model, backends, placement, Fallback.NONE);
    }

    /** As {@link #open(Model, Backends, Placement)}; {@code fallback} says where stages go that a device refuses. */
    public static Engine open(Model model, Backends backends, Placement placement, Fallback fallback) {
        try {
            PlacedPipeline placed = PlacedPipeline.open(model, backends, placement, fallback);
            return new Engine(model, backends, placed.placement(), placed.pipeline());
        } catch (RuntimeException | Error e) {
            CloseAll.after(e, List.of(model, backends));
            throw e;
        }
    }

    public ModelConfig config() {
        return model.config();
    }

    public Model model() {
        return model;
    }

    /** Where its stages run in the end. */
    public Placement placement() {
        return placement;
    }

    /** What its stages were opened by. */
    public Backends backends() {
        return backends;
    }

    /** How each layer's attention sees positions, which may depend on the prompt. */
    public AttentionPolicies policies() {
        return policies;
    }

    /** The model's tokenizer, read at the first call: work on ids needs none. */
    public synchronized Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = TokenizerLoader.load(model.source());
            if (tokenizer.size() > config().vocab()) {
                throw new EngineException(ErrorCode.BAD_MODEL, model.source().path() + ": more tokens than embedding rows")
                        .expected("at most " + config().vocab()).got(tokenizer.size());
            }
        }
        return tokenizer;
    }

    /**
     * A new conversation.
     *
     * @throws EngineException BAD_REQUEST if the options ask for more than the model's context
     */
    public Session newSession(SessionOptions options) {
        return newSession(options, new PrefixCache(0));
    }

    /**
     * A new conversation that shares the computation of common prompt beginnings with others.
     *
     * @param prefixes stays the caller's
     * @throws EngineException BAD_REQUEST if the options ask for more than the model's context
     */
    public Session newSession(SessionOptions options, PrefixCache prefixes) {
        if (options.context() > config().context()) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the context is larger than the model was made for")
                    .expected("at most " + config().context()).got(options.context()).remedy("give a smaller --ctx");
        }
        return new Session(config(), pipeline, policies, options, prefixes);
    }

    @Override
    public void close() {
        CloseAll.of(List.of(pipeline, backends, model));
    }
}
