package dev.qyclone.engine.model;

/** The one table of tensor names: what each weight of a model is called in GGUF and in Hugging Face's Qwen2 files. */
enum TensorName {
    TOKEN_EMBEDDING("token_embd.weight", "model.embed_tokens.weight"),
    OUTPUT_NORM("output_norm.weight", "model.norm.weight"),
    OUTPUT("output.weight", "lm_head.weight"),

    ATTN_NORM("blk.%d.attn_norm.weight", "model.layers.%d.input_layernorm.weight"),
    Q("blk.%d.attn_q.weight", "model.layers.%d.self_attn.q_proj.weight"),
    Q_BIAS("blk.%d.attn_q.bias", "model.layers.%d.self_attn.q_proj.bias"),
    K("blk.%d.attn_k.weight", "model.layers.%d.self_attn.k_proj.weight"),
    K_BIAS("blk.%d.attn_k.bias", "model.layers.%d.self_attn.k_proj.bias"),
    V("blk.%d.attn_v.weight", "model.layers.%d.self_attn.v_proj.weight"),
    V_BIAS("blk.%d.attn_v.bias", "model.layers.%d.self_attn.v_proj.bias"),
    ATTN_OUT("blk.%d.attn_output.weight", "model.layers.%d.self_attn.o_proj.weight"),
    FFN_NORM("blk.%d.ffn_norm.weight", "model.layers.%d.post_attention_layernorm.weight"),
    GATE("blk.%d.ffn_gate.weight", "model.layers.%d.mlp.gate_proj.weight"),
    UP("blk.%d.ffn_up.weight", "model.layers.%d.mlp.up_proj.weight"),
    DOWN("blk.%d.ffn_down.weight", "model.layers.%d.mlp.down_proj.weight");

    private final String gguf;
    private final String huggingFace;

    TensorName(String gguf, String huggingFace) {
        this.gguf = gguf;
        this.huggingFace = huggingFace;
    }

    /** The name in a GGUF file; {@code layer} is ignored for tensors outside the layers. */
    String gguf(int layer) {
        return gguf.formatted(layer);
    }

    /** The name in a source's spelling; {@code layer} is ignored for tensors outside the layers. */
    String in(ModelSource source, int layer) {
        return switch (source) {
            case ModelSource.Gguf g -> gguf(layer);
            case ModelSource.Folder f -> huggingFace.formatted(layer);
        };
    }
}
