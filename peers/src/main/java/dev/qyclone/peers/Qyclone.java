package dev.qyclone.peers;

import dev.qyclone.bench.tokens.BytesPerToken;
import dev.qyclone.bench.tokens.TokenTest;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.nio.file.Path;

/** This engine, all layers on one device. Keys and values as 16-bit floats, as llama.cpp keeps them. */
final class Qyclone implements Contestant {
    private final Engine engine;
    private final Session session;
    private final String device;

    Qyclone(Path file, String device, int threads, int context, int batch) {
        this.device = device;
        Backends backends = Backends.discover(new BackendOptions(threads));
        try {
            Device chosen = backends.device(device);
            Model model = ModelLoader.load(file);
            StageOptions options = StageOptions.DEFAULT.withContext(context).withBatch(batch).withKvType(KvType.F16);
            engine = Engine.open(model, backends, Placement.allOn(chosen, model.config().layers(), options, "asked for"));
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
        session = engine.newSession(new SessionOptions(context, batch));
    }

    @Override
    public String name() {
        return "qyclone (" + device + ")";
    }

    /** The ids that it reads a text as. */
    int[] encode(String text) {
        return engine.tokenizer().encodeOrdinary(text);
    }

    @Override
    public long time(Prompt prompt, int written) {
        long start = System.nanoTime();
        // llama.cpp splits the text within its time, too.
        int id = Ids.largest(next(encode(prompt.text())));
        for (int i = 1; i < written; i++) {
            id = session.appendForLargest(id);
        }
        return System.nanoTime() - start;
    }

    /** What must be read for an id, in the middle of {@code written} behind a prompt: each weight once, and the keys and values so far. */
    long bytesPerToken(int prompt, int written) {
        return BytesPerToken.of(engine.model(), KvType.F16, new TokenTest(0, written, prompt));
    }

    /** The logits after a prompt, by id, until the next call. */
    float[] next(int[] prompt) {
        session.truncate(0);
        return session.append(prompt, Session.Progress.NONE);
    }

    String text(int id) {
        return engine.tokenizer().decode(id);
    }

    @Override
    public void close() {
        session.close();
        engine.close();
    }
}
