package dev.qyclone.engine.file;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A GGUF file of version 2 or 3, little-endian, whole or split into {@code -00001-of-000NN.gguf} parts. */
public final class GgufFile implements TensorFile {
    private static final String KIND = "a GGUF file";
    private static final Pattern PART_NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    private final Path path;
    private final Arena arena;
    private final Metadata metadata;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private GgufFile(Path path, Arena arena) {
        this.path = path;
        this.arena = arena;
        MappedFile first = MappedFile.map(path, KIND, arena);
        GgufParser.Head head = GgufParser.parse(first);
        this.metadata = new Metadata(path, head.metadata());
        add(first, head);
        int parts = metadata.intOr("split.count", 1);
        if (parts > 1) {
            addParts(first, parts);
        }
    }

    /**
     * Opens and checks a file; the first part of a split file brings the others.
     *
     * @throws EngineException if the file is missing, damaged, or of a kind that is not read
     */
    public static GgufFile open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            return new GgufFile(path, arena);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** True if this is a file that starts with GGUF's magic number. */
    public static boolean looksLikeGguf(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (InputStream stream = Files.newInputStream(path)) {
            byte[] start = stream.readNBytes(Integer.BYTES);
            return start.length == Integer.BYTES
                    && ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt() == GgufParser.MAGIC;
        } catch (IOException e) {
            // Opening it says why.
            return false;
        }
    }

    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void add(MappedFile file, GgufParser.Head head) {
        for (GgufParser.Placed placed : head.tensors()) {
            Tensor tensor = new Tensor(placed.name(), placed.type(), placed.shape(), file.bytes().asSlice(placed.start(), placed.bytes()));
            if (tensors.put(tensor.name(), tensor) != null) {
                throw file.bad("tensor " + MappedFile.shown(tensor.name()) + " occurs in an earlier part too")
                        .remedy("download all parts again");
            }
        }
    }

    private void addParts(MappedFile first, int parts) {
        Matcher name = PART_NAME.matcher(path.getFileName().toString());
        if (!name.matches() || Integer.parseInt(name.group(3)) != parts) {
            throw first.bad("this is one of " + parts + " parts of a model, but not named so")
                    .expected("a name like model-00001-of-%05d.gguf".formatted(parts)).remedy("give the parts their names back");
        }
        if (metadata.intOr("split.no", 0) != 0 || Integer.parseInt(name.group(2)) != 1) {
            throw new EngineException(ErrorCode.BAD_REQUEST, path.getFileName() + ": this is not the first part of a model")
                    .expected(partName(name, 1, parts)).remedy("name the first part");
        }
        for (int part = 2; part <= parts; part++) {
            Path sibling = path.resolveSibling(partName(name, part, parts));
            if (!Files.exists(sibling)) {
                throw new EngineException(ErrorCode.FILE_NOT_FOUND, "part " + part + " of " + parts + " of a split model is missing")
                        .expected(sibling).remedy("download all parts into one folder");
            }
            MappedFile file = MappedFile.map(sibling, KIND, arena);
            GgufParser.Head head = GgufParser.parse(file);
            Metadata own = new Metadata(sibling, head.metadata());
            checkEqual(file, "split.no", part - 1, own.intOr("split.no", -1));
            checkEqual(file, "split.count", parts, own.intOr("split.count", -1));
            add(file, head);
        }
        checkEqual(first, "split.tensors.count", tensors.size(), metadata.intOr("split.tensors.count", tensors.size()));
    }

    private static String partName(Matcher name, int part, int parts) {
        return "%s-%05d-of-%05d.gguf".formatted(name.group(1), part, parts);
    }

    private static void checkEqual(MappedFile file, String key, int expected, int got) {
        if (expected != got) {
            throw file.bad("the key " + key + " contradicts the other parts").expected(expected).got(got)
                    .remedy("download all parts of the same model again");
        }
    }
}
