package dev.qyclone.engine.file;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and checks what comes before the weights of a GGUF file (format: docs/gguf.md in ggml's repository): metadata,
 * and a list of tensors whose data lies inside the file, on aligned offsets, without overlap.
 */
final class GgufParser {
    static final String DAMAGED = "the file is damaged or incomplete: download or convert it again";
    static final int MAGIC = 0x46554747;

    private static final int DEFAULT_ALIGNMENT = 32;
    private static final int LONGEST_TENSOR_NAME = 64;
    private static final int MOST_DIMENSIONS = 4;
    private static final int DEEPEST_ARRAY = 4;
    /** In all arrays of a file together; the vocabulary and the merges of Qwen have 151,936 each. */
    private static final int MOST_ELEMENTS = 1 << 22;
    private static final int MOST_TENSORS = 1 << 17;
    /** Key length, one byte of key, type, one byte of value. */
    private static final int LEAST_PAIR_BYTES = 14;
    /** Name length, one byte of name, number of sizes, one size, type, offset. */
    private static final int LEAST_TENSOR_BYTES = 33;

    /** Where a tensor lies in its file. */
    record Placed(String name, TensorType type, long[] shape, long start, long bytes) {
        long end() {
            return start + bytes;
        }
    }

    /** The checked head of one file. */
    record Head(Map<String, Object> metadata, List<Placed> tensors) {
    }

    private final GgufCursor cursor;
    private final MappedFile file;
    private long elementsLeft = MOST_ELEMENTS;

    private GgufParser(MappedFile file) {
        this.file = file;
        this.cursor = new GgufCursor(file);
    }

    static Head parse(MappedFile file) {
        return new GgufParser(file).head();
    }

    private Head head() {
        checkMagic();
        checkVersion(cursor.i32("the version"));
        long tensorCount = cursor.count("", "tensors", LEAST_TENSOR_BYTES);
        if (tensorCount > MOST_TENSORS) {
            throw file.bad("the number of tensors is impossible").expected("at most " + MOST_TENSORS).got(tensorCount);
        }
        long pairs = cursor.count("", "metadata keys", LEAST_PAIR_BYTES);
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (long i = 0; i < pairs; i++) {
            String key = cursor.string("the name of metadata key " + i);
            Object value = value(cursor.i32("the type of key " + MappedFile.shown(key)), "key " + MappedFile.shown(key), 0);
            if (metadata.put(key, value) != null) {
                throw file.bad("the key " + MappedFile.shown(key) + " occurs twice").remedy(DAMAGED);
            }
        }
        return new Head(metadata, tensors((int) tensorCount, alignment(metadata)));
    }

    private void checkMagic() {
        int magic = file.size() < Integer.BYTES ? 0 : cursor.i32("the magic number");
        if (magic == MAGIC) {
            return;
        }
        StringBuilder start = new StringBuilder();
        for (long i = 0; i < Math.min(12, file.size()); i++) {
            start.append((char) (file.bytes().get(ValueLayout.JAVA_BYTE, i) & 0xFF));
        }
        throw file.bad("this is not a GGUF file").expected("the magic number GGUF")
                .got("\"" + MappedFile.shown(start.toString()) + "\"")
                .remedy(start.toString().startsWith("version http")
                        ? "it is a pointer of Git LFS: run git lfs pull"
                        : "name a .gguf file or a folder with config.json and safetensors");
    }

    private void checkVersion(int version) {
        if (version == 2 || version == 3) {
            return;
        }
        if ((version & 0xFFFF) == 0 && version != 0) {
            throw file.unsupported("this GGUF file is big-endian").expected("a little-endian one")
                    .remedy("convert it with gguf_convert_endian.py of llama.cpp");
        }
        throw file.unsupported("this version of GGUF is not read").expected("2 or 3").got(Integer.toUnsignedString(version))
                .remedy("convert or download the model again");
    }

    /**
     * Integers as Long (BigInteger from 2^63 on), floats as Double, arrays as List.
     *
     * @param what names the key; made once for all elements of an array, of which a vocabulary has hundreds of thousands
     */
    private Object value(int type, String what, int depth) {
        return switch (type) {
            case 0 -> (long) Byte.toUnsignedInt(cursor.i8(what));
            case 1 -> (long) cursor.i8(what);
            case 2 -> (long) Short.toUnsignedInt(cursor.i16(what));
            case 3 -> (long) cursor.i16(what);
            case 4 -> Integer.toUnsignedLong(cursor.i32(what));
            case 5 -> (long) cursor.i32(what);
            case 6 -> (double) Float.intBitsToFloat(cursor.i32(what));
            case 7 -> bool(what);
            case 8 -> cursor.string(what);
            case 9 -> array(what, depth);
            case 10 -> unsigned(cursor.i64(what));
            case 11 -> cursor.i64(what);
            case 12 -> Double.longBitsToDouble(cursor.i64(what));
            default -> throw file.bad("the type of " + what + " is unknown")
                    .expected("0 to 12").got(Integer.toUnsignedString(type)).remedy(DAMAGED);
        };
    }

    private boolean bool(String what) {
        byte value = cursor.i8(what);
        if (value != 0 && value != 1) {
            throw file.bad(what + " is no boolean").expected("0 or 1").got(Byte.toUnsignedInt(value)).remedy(DAMAGED);
        }
        return value == 1;
    }

    private static Object unsigned(long value) {
        if (value >= 0) {
            return value;
        }
        return new BigInteger(Long.toUnsignedString(value));
    }

    private List<Object> array(String what, int depth) {
        if (depth == DEEPEST_ARRAY) {
            throw file.bad("the arrays of " + what + " are nested too deeply").expected("at most " + DEEPEST_ARRAY);
        }
        int type = cursor.i32("the element type of " + what);
        long count = cursor.count("elements of ", what, leastBytes(type));
        elementsLeft -= count;
        if (elementsLeft < 0) {
            throw file.bad("the arrays up to " + what + " are too long")
                    .expected("at most " + MOST_ELEMENTS + " elements in all");
        }
        List<Object> elements = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            elements.add(value(type, what, depth + 1));
        }
        return Collections.unmodifiableList(elements);
    }

    private static int leastBytes(int type) {
        return switch (type) {
            case 2, 3 -> 2;
            case 4, 5, 6 -> 4;
            case 8, 10, 11, 12 -> 8;
            case 9 -> 12;
            default -> 1;
        };
    }

    private long alignment(Map<String, Object> metadata) {
        Object value = metadata.getOrDefault("general.alignment", (long) DEFAULT_ALIGNMENT);
        if (!(value instanceof Long alignment) || alignment <= 0 || Long.bitCount(alignment) != 1 || alignment > 1 << 30) {
            throw file.bad("the key general.alignment is impossible").expected("a power of two").got(MappedFile.shown(value.toString()))
                    .remedy(DAMAGED);
        }
        return alignment;
    }

    private List<Placed> tensors(int count, long alignment) {
        Map<String, Placed> relative = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            Placed tensor = tensor(i, alignment);
            if (relative.put(tensor.name, tensor) != null) {
                throw file.bad("tensor " + MappedFile.shown(tensor.name) + " occurs twice").remedy(DAMAGED);
            }
        }
        long dataStart = (cursor.position() + alignment - 1) & -alignment;
        List<Placed> placed = new ArrayList<>(count);
        for (Placed tensor : relative.values()) {
            if (tensor.start > file.size() - dataStart || tensor.bytes > file.size() - dataStart - tensor.start) {
                throw file.bad("tensor " + MappedFile.shown(tensor.name) + " reaches outside the file")
                        .expected("an end at or before " + file.size())
                        .got(BigInteger.valueOf(dataStart).add(BigInteger.valueOf(tensor.start)).add(BigInteger.valueOf(tensor.bytes)))
                        .remedy(DAMAGED);
            }
            placed.add(new Placed(tensor.name, tensor.type, tensor.shape, dataStart + tensor.start, tensor.bytes));
        }
        checkOverlap(placed);
        return placed;
    }

    /** Reads one entry; its start is still relative to the beginning of the data. */
    private Placed tensor(int index, long alignment) {
        String name = cursor.string("the name of tensor " + index);
        String shown = MappedFile.shown(name);
        if (name.isEmpty() || name.length() > LONGEST_TENSOR_NAME) {
            throw file.bad("tensor " + index + " has an impossible name").expected("1 to " + LONGEST_TENSOR_NAME + " characters")
                    .got("\"" + shown + "\"").remedy(DAMAGED);
        }
        int dimensions = cursor.i32("the number of sizes of tensor " + shown);
        if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
            throw file.bad("tensor " + shown + " has an impossible number of sizes").expected("1 to " + MOST_DIMENSIONS)
                    .got(Integer.toUnsignedString(dimensions)).remedy(DAMAGED);
        }
        long[] shape = new long[dimensions];
        for (int i = dimensions - 1; i >= 0; i--) {
            // The file has the innermost size first.
            shape[i] = cursor.i64("the shape of tensor " + shown);
        }
        int typeId = cursor.i32("the type of tensor " + shown);
        long start = cursor.i64("the offset of tensor " + shown);
        TensorType type = TensorType.ofGgmlId(typeId).orElseThrow(() -> file
                .unsupported("tensor " + shown + " has a type that this version does not read")
                .expected("one of " + List.of(TensorType.values())).got(GgmlTypeNames.nameOf(typeId))
                .remedy("use a file in Q8_0, Q4_K_M, Q5_K_M or Q6_K"));
        long bytes = Tensor.bytesOf(shown + " in " + file.path().getFileName(), type, shape);
        if (start < 0 || start % alignment != 0) {
            throw file.bad("tensor " + shown + " has an impossible offset").expected("a multiple of " + alignment)
                    .got(Long.toUnsignedString(start)).remedy(DAMAGED);
        }
        return new Placed(name, type, shape, start, bytes);
    }

    private void checkOverlap(List<Placed> placed) {
        List<Placed> sorted = placed.stream().sorted(Comparator.comparingLong(Placed::start)).toList();
        for (int i = 1; i < sorted.size(); i++) {
            Placed before = sorted.get(i - 1);
            Placed after = sorted.get(i);
            if (after.start < before.end()) {
                throw file.bad("tensor " + MappedFile.shown(after.name) + " overlaps tensor " + MappedFile.shown(before.name))
                        .expected("a start at or after " + before.end()).got(after.start).remedy(DAMAGED);
            }
        }
    }
}
