package dev.qyclone.engine.file;

import java.util.Map;

/** What ggml calls the types that the engine does not read, so that a message can name them. */
final class GgmlTypeNames {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(9, "Q8_1"), Map.entry(10, "Q2_K"), Map.entry(11, "Q3_K"), Map.entry(15, "Q8_K"), Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"), Map.entry(18, "IQ3_XXS"), Map.entry(19, "IQ1_S"), Map.entry(20, "IQ4_NL"), Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"), Map.entry(23, "IQ4_XS"), Map.entry(24, "I8"), Map.entry(25, "I16"), Map.entry(26, "I32"),
            Map.entry(27, "I64"), Map.entry(28, "F64"), Map.entry(29, "IQ1_M"), Map.entry(34, "TQ1_0"), Map.entry(35, "TQ2_0"),
            Map.entry(39, "MXFP4"));

    private GgmlTypeNames() {
    }

    static String nameOf(int ggmlId) {
        String number = "type " + Integer.toUnsignedString(ggmlId);
        return NAMES.containsKey(ggmlId) ? NAMES.get(ggmlId) + " (" + number + ")" : number;
    }
}
