package dev.qyclone.engine.file;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The weights of a Hugging Face folder: {@code model.safetensors}, or the shards that {@code model.safetensors.index.json}
 * names. Tensors of other types than F32, F16 and BF16 may be there (buffers of old checkpoints); asking for one is an error.
 */
public final class SafetensorsFile implements TensorFile {
    private static final String KIND = "a safetensors file";
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final long LARGEST_INDEX = 64L << 20;

    private final Path folder;
    private final Arena arena;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    /** Why a tensor of the file is not among {@link #tensors}. */
    private final Map<String, String> unread = new HashMap<>();

    private SafetensorsFile(Path folder, Arena arena) {
        this.folder = folder;
        this.arena = arena;
        if (Files.exists(folder.resolve(SINGLE))) {
            MappedFile file = MappedFile.map(folder.resolve(SINGLE), KIND, arena);
            SafetensorsHead.parse(file).values().forEach(entry -> add(file, entry));
        } else if (Files.exists(folder.resolve(INDEX))) {
            addShards(MappedFile.map(folder.resolve(INDEX), "a list of shards", arena));
        } else {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, "there are no weights in " + folder).expected(SINGLE + " or " + INDEX)
                    .remedy("convert .bin checkpoints with save_pretrained(..., safe_serialization=True)");
        }
    }

    /**
     * Opens and checks the weights in a folder.
     *
     * @throws EngineException if there are none, or if they are damaged
     */
    public static SafetensorsFile openFolder(Path folder) {
        Arena arena = Arena.ofShared();
        try {
            return new SafetensorsFile(folder, arena);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Tensor require(String name) {
        if (unread.containsKey(name)) {
            throw new EngineException(ErrorCode.UNSUPPORTED, folder.getFileName() + ": tensor " + name + " cannot be read")
                    .expected("F32, F16 or BF16 in 1 to 4 sizes").got(unread.get(name)).remedy("save the model in one of these types");
        }
        return TensorFile.super.require(name);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void add(MappedFile file, SafetensorsHead.Entry entry) {
        Optional<TensorType> type = typeOf(entry.dtype());
        long[] shape = entry.shape();
        if (type.isEmpty() || shape.length == 0 || shape.length > 4 || Arrays.stream(shape).anyMatch(size -> size == 0)) {
            unread.put(entry.name(), MappedFile.shown(entry.dtype()) + Arrays.toString(shape));
            return;
        }
        String shown = MappedFile.shown(entry.name());
        long bytes = Tensor.bytesOf(shown + " in " + file.path().getFileName(), type.get(), shape);
        if (bytes != entry.bytes()) {
            throw file.bad("tensor " + shown + " has the wrong size").expected(bytes + " bytes for " + type.get() + Arrays.toString(shape))
                    .got(entry.bytes()).remedy(GgufParser.DAMAGED);
        }
        tensors.put(entry.name(), new Tensor(entry.name(), type.get(), shape, file.bytes().asSlice(entry.start(), entry.bytes())));
    }

    private void addShards(MappedFile index) {
        Map<String, Map<String, SafetensorsHead.Entry>> heads = new HashMap<>();
        Map<String, MappedFile> shards = new HashMap<>();
        Map<String, String> owners = new HashMap<>();
        weightMap(index).forEach((name, shard) -> {
            if (!shards.containsKey(shard)) {
                MappedFile file = MappedFile.map(folder.resolve(shard), KIND, arena);
                shards.put(shard, file);
                heads.put(shard, SafetensorsHead.parse(file));
                for (String own : heads.get(shard).keySet()) {
                    String other = owners.put(own, shard);
                    if (other != null) {
                        throw file.bad("tensor " + MappedFile.shown(own) + " is in " + other + " too").remedy(GgufParser.DAMAGED);
                    }
                }
            }
            SafetensorsHead.Entry entry = heads.get(shard).get(name);
            if (entry == null) {
                throw index.bad("tensor " + MappedFile.shown(name) + " is not where the index says").expected("it in " + shard)
                        .got(owners.containsKey(name) ? "it in " + owners.get(name) : "no such tensor").remedy(GgufParser.DAMAGED);
            }
            add(shards.get(shard), entry);
        });
    }

    /** The index's map from tensors to the plain names of the shards. */
    private static Map<String, String> weightMap(MappedFile index) {
        if (index.size() > LARGEST_INDEX) {
            throw index.bad("the index is too large").expected("at most " + LARGEST_INDEX + " bytes").got(index.size());
        }
        Map<String, String> map = new LinkedHashMap<>();
        try (JsonParser json = SafetensorsHead.json(index.bytes())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw index.bad("the index is malformed").expected("an object").got(json.currentToken());
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String field = json.currentName();
                json.nextToken();
                if (!field.equals("weight_map")) {
                    json.skipChildren();
                    continue;
                }
                if (json.currentToken() != JsonToken.START_OBJECT) {
                    throw index.bad("the weight_map is malformed").expected("an object").got(json.currentToken());
                }
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    map.put(name, shardName(index, name, json.nextTextValue()));
                }
            }
        } catch (IOException e) {
            throw SafetensorsHead.notJson(index, "the index", e);
        }
        if (map.isEmpty()) {
            throw index.bad("the index names no tensors").expected("a weight_map").remedy(GgufParser.DAMAGED);
        }
        return map;
    }

    private static String shardName(MappedFile index, String tensor, String shard) {
        if (shard == null || !shard.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,250}\\.safetensors") || shard.contains("..")) {
            throw index.bad("the shard of tensor " + MappedFile.shown(tensor) + " has no plain file name")
                    .expected("a name like model-00001-of-00002.safetensors")
                    .got(shard == null ? "no string" : "\"" + MappedFile.shown(shard) + "\"");
        }
        return shard;
    }

    private static Optional<TensorType> typeOf(String dtype) {
        return switch (dtype) {
            case "F32" -> Optional.of(TensorType.F32);
            case "F16" -> Optional.of(TensorType.F16);
            case "BF16" -> Optional.of(TensorType.BF16);
            default -> Optional.empty();
        };
    }
}
