package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.tokens.CellRun;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.generation.Session;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Logits after some prompts and after each of some ids behind them.
 *
 * @param steps for each prompt the ids behind it
 * @param rows for each prompt the logits after it and after each step, (1 + steps) of (vocab)
 */
record LogitRows(List<int[]> steps, List<List<float[]>> rows) {
    /** The same prompts in every run: fewer ids are the beginning of more, and each prompt begins elsewhere. */
    static int[] prompt(int index, int ids, int vocab) {
        int[] all = CellRun.randomIds(index + ids, vocab);
        int[] prompt = new int[ids];
        System.arraycopy(all, index, prompt, 0, ids);
        return prompt;
    }

    /** What a session says, with its own greedy ids behind each prompt. */
    static LogitRows greedy(Session session, List<Integer> prompts, int count, int vocab) {
        List<int[]> steps = new ArrayList<>();
        List<List<float[]>> rows = new ArrayList<>();
        for (int p = 0; p < prompts.size(); p++) {
            int[] ids = new int[count];
            List<float[]> own = new ArrayList<>();
            session.truncate(0);
            own.add(session.append(prompt(p, prompts.get(p), vocab), Session.Progress.NONE).clone());
            for (int i = 0; i < count; i++) {
                ids[i] = best(own.getLast());
                own.add(session.append(new int[] {ids[i]}, Session.Progress.NONE).clone());
            }
            steps.add(ids);
            rows.add(own);
        }
        return new LogitRows(steps, rows);
    }

    /** How far a session is from these rows, which are the reference, when it is given their ids. */
    Parity compare(Session session, List<Integer> prompts, int vocab) {
        LogitDistance distance = new LogitDistance();
        for (int p = 0; p < prompts.size(); p++) {
            session.truncate(0);
            distance.add(session.append(prompt(p, prompts.get(p), vocab), Session.Progress.NONE), rows.get(p).getFirst(), p, 0);
            int[] ids = steps.get(p);
            for (int i = 0; i < ids.length; i++) {
                distance.add(session.append(new int[] {ids[i]}, Session.Progress.NONE), rows.get(p).get(i + 1), p, i + 1);
            }
        }
        return distance.parity();
    }

    /** The greedy id: the lowest index on ties. */
    static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    void write(Path file) {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
            out.writeInt(steps.size());
            for (int p = 0; p < steps.size(); p++) {
                out.writeInt(steps.get(p).length);
                out.writeInt(rows.get(p).getFirst().length);
                for (int id : steps.get(p)) {
                    out.writeInt(id);
                }
                for (float[] row : rows.get(p)) {
                    ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES);
                    bytes.asFloatBuffer().put(row);
                    out.write(bytes.array());
                }
            }
        } catch (IOException e) {
            throw new EngineException(ErrorCode.WRITE_FAILED, "the reference's logits cannot be written to " + file, e).got(e.getMessage());
        }
    }

    static LogitRows read(Path file) {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            List<int[]> steps = new ArrayList<>();
            List<List<float[]>> rows = new ArrayList<>();
            int prompts = in.readInt();
            for (int p = 0; p < prompts; p++) {
                int[] ids = new int[in.readInt()];
                int vocab = in.readInt();
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = in.readInt();
                }
                List<float[]> own = new ArrayList<>();
                for (int i = 0; i <= ids.length; i++) {
                    float[] row = new float[vocab];
                    ByteBuffer.wrap(in.readNBytes(vocab * Float.BYTES)).asFloatBuffer().get(row);
                    own.add(row);
                }
                steps.add(ids);
                rows.add(own);
            }
            return new LogitRows(steps, rows);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.BAD_FILE, "the reference's logits cannot be read from " + file, e).got(e.getMessage());
        }
    }
}
