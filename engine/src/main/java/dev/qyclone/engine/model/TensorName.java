package dev.qyclone.engine.model;

/**
 * The one table of tensor names: what each weight of a model is called in GGUF, in Hugging Face's files of Qwen1.5 and later, and
 * in those of the first Qwen. {@code null} where a form has no such tensor; {@code %d} stands for the layer, then the expert.
 */
enum TensorName {
    TOKEN_EMBEDDING("token_embd.weight", "model.embed_tokens.weight", "transformer.wte.weight"),
    OUTPUT_NORM("output_norm.weight", "model.norm.weight", "transformer.ln_f.weight"),
    OUTPUT("output.weight", "lm_head.weight", "lm_head.weight"),

    ATTN_NORM("blk.%d.attn_norm.weight", "model.layers.%d.input_layernorm.weight", "transformer.h.%d.ln_1.weight"),
    /** Rows q, then k, then v. */
    QKV("blk.%d.attn_qkv.weight", null, "transformer.h.%d.attn.c_attn.weight"),
    QKV_BIAS("blk.%d.attn_qkv.bias", null, "transformer.h.%d.attn.c_attn.bias"),
    Q("blk.%d.attn_q.weight", "model.layers.%d.self_attn.q_proj.weight", null),
    Q_BIAS("blk.%d.attn_q.bias", "model.layers.%d.self_attn.q_proj.bias", null),
    K("blk.%d.attn_k.weight", "model.layers.%d.self_attn.k_proj.weight", null),
    K_BIAS("blk.%d.attn_k.bias", "model.layers.%d.self_attn.k_proj.bias", null),
    V("blk.%d.attn_v.weight", "model.layers.%d.self_attn.v_proj.weight", null),
    V_BIAS("blk.%d.attn_v.bias", "model.layers.%d.self_attn.v_proj.bias", null),
    ATTN_OUT("blk.%d.attn_output.weight", "model.layers.%d.self_attn.o_proj.weight", "transformer.h.%d.attn.c_proj.weight"),
    FFN_NORM("blk.%d.ffn_norm.weight", "model.layers.%d.post_attention_layernorm.weight", "transformer.h.%d.ln_2.weight"),
    // The first Qwen computes c_proj(w1(x) · silu(w2(x))): w2 is the gate.
    GATE("blk.%d.ffn_gate.weight", "model.layers.%d.mlp.gate_proj.weight", "transformer.h.%d.mlp.w2.weight"),
    UP("blk.%d.ffn_up.weight", "model.layers.%d.mlp.up_proj.weight", "transformer.h.%d.mlp.w1.weight"),
    DOWN("blk.%d.ffn_down.weight", "model.layers.%d.mlp.down_proj.weight", "transformer.h.%d.mlp.c_proj.weight"),

    ROUTER("blk.%d.ffn_gate_inp.weight", "model.layers.%d.mlp.gate.weight", null),
    SHARED_ROUTER("blk.%d.ffn_gate_inp_shexp.weight", "model.layers.%d.mlp.shared_expert_gate.weight", null),
    SHARED_GATE("blk.%d.ffn_gate_shexp.weight", "model.layers.%d.mlp.shared_expert.gate_proj.weight", null),
    SHARED_UP("blk.%d.ffn_up_shexp.weight", "model.layers.%d.mlp.shared_expert.up_proj.weight", null),
    SHARED_DOWN("blk.%d.ffn_down_shexp.weight", "model.layers.%d.mlp.shared_expert.down_proj.weight", null),
    /** GGUF stacks all experts of a layer in one tensor. */
    EXPERT_GATE("blk.%d.ffn_gate_exps.weight", "model.layers.%d.mlp.experts.%d.gate_proj.weight", null),
    EXPERT_UP("blk.%d.ffn_up_exps.weight", "model.layers.%d.mlp.experts.%d.up_proj.weight", null),
    EXPERT_DOWN("blk.%d.ffn_down_exps.weight", "model.layers.%d.mlp.experts.%d.down_proj.weight", null);

    private final String gguf;
    private final String qwen2;
    private final String firstQwen;

    TensorName(String gguf, String qwen2, String firstQwen) {
        this.gguf = gguf;
        this.qwen2 = qwen2;
        this.firstQwen = firstQwen;
    }

    /** The name in a GGUF file; {@code indices} are ignored where the name has none. */
    String gguf(Object... indices) {
        return gguf.formatted(indices);
    }

    /** The name in a source's spelling, or null; {@code indices} are ignored where the name has none. */
    String in(ModelSource source, Architecture architecture, Object... indices) {
        String pattern = switch (source) {
            case ModelSource.Gguf g -> gguf;
            case ModelSource.Folder f -> architecture == Architecture.QWEN ? firstQwen : qwen2;
        };
        return pattern == null ? null : pattern.formatted(indices);
    }
}
