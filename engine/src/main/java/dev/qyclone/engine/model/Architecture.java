package dev.qyclone.engine.model;

import java.util.Optional;

/** The architectures of the Qwen line, as {@code general.architecture} and {@code config.json} name them. */
public enum Architecture {
    /** The first Qwen: fused QKV, dynamic NTK, LogN. */
    QWEN("qwen", "qwen", "QWenLMHeadModel"),
    /** Qwen1.5, Qwen2 and Qwen2.5, dense. */
    QWEN2("qwen2", "qwen2", "Qwen2ForCausalLM"),
    /** Qwen1.5-MoE and Qwen2-57B-A14B. */
    QWEN2MOE("qwen2moe", "qwen2_moe", "Qwen2MoeForCausalLM");

    private final String ggufName;
    private final String modelType;
    private final String className;

    Architecture(String ggufName, String modelType, String className) {
        this.ggufName = ggufName;
        this.modelType = modelType;
        this.className = className;
    }

    /** The value of GGUF's {@code general.architecture}, and the prefix of its keys. */
    public String ggufName() {
        return ggufName;
    }

    public static Optional<Architecture> ofGguf(String name) {
        for (Architecture architecture : values()) {
            if (architecture.ggufName.equals(name)) {
                return Optional.of(architecture);
            }
        }
        return Optional.empty();
    }

    /** By config.json's {@code model_type} or by an entry of its {@code architectures}. */
    public static Optional<Architecture> ofConfig(String name) {
        for (Architecture architecture : values()) {
            if (architecture.modelType.equals(name) || architecture.className.equals(name)) {
                return Optional.of(architecture);
            }
        }
        return Optional.empty();
    }
}
