package dev.qyclone.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.SharedData;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** llama.cpp, an engine written by others, reads the demo model as we do: the same ids of a text, the same next words. */
class LlamaCppOracleTest {
    private static final int CONTEXT = 256;
    private static final int WRITTEN = 24;
    /** llama.cpp rounds activations to 8 bits before it multiplies; its favourite may lie so far behind ours, in logits. */
    private static final double GAP = 0.3;
    private static final List<String> PROMPTS =
            List.of("Once upon a time", "The king said to his youngest daughter: 'Come", "In a deep forest there lived");

    @Test
    void theDemoModelSaysTheSame() {
        Path file = SharedData.require("demo/fairytale-q8_0.gguf");
        try (Qyclone ours = new Qyclone(file, "cpu", 1, CONTEXT, 64); LlamaCpp theirs = new LlamaCpp(file, 1, CONTEXT)) {
            for (String prompt : PROMPTS) {
                Ids.same(prompt, ours, theirs);
                List<String> tokens = theirs.write(prompt, WRITTEN);
                assertEquals(WRITTEN, tokens.size(), "tokens that llama.cpp wrote after \"" + prompt + "\"");
                String text = prompt;
                for (String token : tokens) {
                    int[] before = ours.encode(text);
                    text += token;
                    int[] after = ours.encode(text);
                    assertEquals(before.length + 1, after.length, "ids of \"" + text + "\"");
                    float[] logits = ours.next(before);
                    double gap = logits[Ids.largest(logits)] - logits[after[before.length]];
                    assertTrue(gap <= GAP, "llama.cpp goes on with \"" + token + "\", which is " + gap + " behind \""
                            + ours.text(Ids.largest(logits)) + "\" here, after \"" + text + "\"");
                }
            }
        }
    }
}
