package dev.qyclone.engine.model;

/** Which layers {@code max_window_layers} of a config.json windows; transformers turned its meaning round in version 4.48. */
public enum WindowRule {
    /** Those from it on (configuration_qwen2.py today), unless {@code layer_types} says which. */
    CURRENT,
    /** Those below it (modeling_qwen2.py, Qwen2FlashAttention2, 4.37 to 4.47); {@code layer_types} did not exist then. */
    LEGACY
}
