package dev.qyclone.engine.model;

import dev.qyclone.engine.file.GgufWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tokenizer for a model with random weights: the 256 bytes with Qwen's ids, a few merges, Qwen's control tokens (at
 * their published ids where the vocabulary is large enough), and padding. Any text can be encoded and decoded with it.
 */
final class SyntheticVocabulary {
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int UNUSED = 5;
    private static final int PUBLISHED_CONTROLS = 151_643;
    private static final List<String> CONTROLS = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");
    private static final List<String> MERGES = List.of("Ġ t", "Ġ a", "h e", "i n", "r e", "o n", "Ġt he");

    private final String[] tokens;
    private final int[] types;
    private final int controls;

    /** @param size at least the bytes, merges and control tokens */
    SyntheticVocabulary(int size) {
        tokens = new String[size];
        types = new int[size];
        Arrays.fill(types, UNUSED);
        List<String> normal = new ArrayList<>(byteTokens());
        MERGES.forEach(merge -> normal.add(merge.replace(" ", "")));
        set(0, normal, NORMAL);
        controls = size >= PUBLISHED_CONTROLS + CONTROLS.size() ? PUBLISHED_CONTROLS : normal.size();
        set(controls, CONTROLS, CONTROL);
        for (int id = 0; id < size; id++) {
            tokens[id] = tokens[id] == null ? "[PAD" + id + "]" : tokens[id];
        }
    }

    void declare(GgufWriter writer) {
        writer.put("tokenizer.ggml.model", "gpt2").put("tokenizer.ggml.pre", "qwen2")
                .put("tokenizer.ggml.tokens", List.of(tokens)).put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", MERGES)
                .put("tokenizer.ggml.eos_token_id", controls + CONTROLS.indexOf("<|im_end|>"))
                .put("tokenizer.ggml.bos_token_id", controls).put("tokenizer.ggml.padding_token_id", controls)
                .put("tokenizer.ggml.add_bos_token", false);
    }

    private void set(int first, List<String> texts, int type) {
        for (int i = 0; i < texts.size(); i++) {
            tokens[first + i] = texts.get(i);
            types[first + i] = type;
        }
    }

    /** The bytes in GPT-2's order and spelling: printable Latin-1 as it is, then the others as U+0100 and on. */
    private static List<String> byteTokens() {
        List<String> printable = new ArrayList<>();
        List<String> moved = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            if (value >= 0x21 && value <= 0x7E || value >= 0xA1 && value <= 0xAC || value >= 0xAE) {
                printable.add(Character.toString(value));
            } else {
                moved.add(Character.toString(0x100 + moved.size()));
            }
        }
        printable.addAll(moved);
        return printable;
    }
}
