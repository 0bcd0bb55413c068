package dev.qyclone.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder that has all of Qwen2.5-72B but its weights: a sparse file stands for their 136 GiB. Reading them would fill the memory with
 * zeros, so that what works on it reads none.
 */
final class HollowModel {
    static final int LAYERS = 80;
    private static final int DIM = 8192;
    private static final int KV_DIM = 1024;
    private static final int FFN_DIM = 29_568;
    private static final int VOCAB = 152_064;
    private static final JsonMapper JSON = new JsonMapper();

    private final ObjectNode header = JSON.createObjectNode();
    private long end;

    private HollowModel() {
    }

    static Path write(Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), """
                {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 8192, "num_hidden_layers": 80,
                 "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 29568, "vocab_size": 152064,
                 "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "tie_word_embeddings": false,
                 "hidden_act": "silu", "torch_dtype": "bfloat16", "use_sliding_window": false}
                """);
        HollowModel model = new HollowModel();
        model.tensors();
        byte[] head = JSON.writeValueAsBytes(model.header);
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
            file.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(head.length).array());
            file.write(head);
            file.setLength(Long.BYTES + head.length + model.end);
        }
        return folder;
    }

    private void tensors() {
        tensor("model.embed_tokens.weight", VOCAB, DIM);
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "model.layers." + layer + ".";
            tensor(prefix + "input_layernorm.weight", DIM);
            tensor(prefix + "self_attn.q_proj.weight", DIM, DIM);
            tensor(prefix + "self_attn.q_proj.bias", DIM);
            for (String part : new String[] {"k_proj", "v_proj"}) {
                tensor(prefix + "self_attn." + part + ".weight", KV_DIM, DIM);
                tensor(prefix + "self_attn." + part + ".bias", KV_DIM);
            }
            tensor(prefix + "self_attn.o_proj.weight", DIM, DIM);
            tensor(prefix + "post_attention_layernorm.weight", DIM);
            tensor(prefix + "mlp.gate_proj.weight", FFN_DIM, DIM);
            tensor(prefix + "mlp.up_proj.weight", FFN_DIM, DIM);
            tensor(prefix + "mlp.down_proj.weight", DIM, FFN_DIM);
        }
        tensor("model.norm.weight", DIM);
        tensor("lm_head.weight", VOCAB, DIM);
    }

    private void tensor(String name, long... shape) {
        long bytes = Short.BYTES;
        ObjectNode entry = header.putObject(name).put("dtype", "BF16");
        for (long size : shape) {
            bytes *= size;
            entry.withArray("shape").add(size);
        }
        entry.withArray("data_offsets").add(end).add(end + bytes);
        end += bytes;
    }
}
