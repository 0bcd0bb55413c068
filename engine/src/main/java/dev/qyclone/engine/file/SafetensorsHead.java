package dev.qyclone.engine.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and checks the JSON head of a safetensors file (format: the README of huggingface/safetensors). It is read as a
 * stream, so that a hostile head takes no more memory than its tensors.
 */
final class SafetensorsHead {
    private static final long LARGEST_HEAD = 100_000_000;
    private static final int MOST_TENSORS = 1 << 17;
    private static final int MOST_DIMENSIONS = 8;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * One tensor.
     *
     * @param dtype as the file calls it
     * @param shape outermost first; may be empty or hold zeros
     * @param start absolute, in bytes
     */
    record Entry(String name, String dtype, long[] shape, long start, long bytes) {
        long end() {
            return start + bytes;
        }
    }

    private final MappedFile file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long dataStart;

    private SafetensorsHead(MappedFile file) {
        this.file = file;
    }

    static Map<String, Entry> parse(MappedFile file) {
        return new SafetensorsHead(file).entries();
    }

    /** A parser over a part of a file, strict about duplicates and without tables that a hostile file could fill. */
    static JsonParser json(MemorySegment bytes) throws IOException {
        return JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build()
                // A decoder, unlike a charset, reports what is no UTF-8 instead of replacing it.
                .createParser(new InputStreamReader(
                        new ByteBufferBackedInputStream(bytes.asByteBuffer()), StandardCharsets.UTF_8.newDecoder()));
    }

    private Map<String, Entry> entries() {
        if (file.size() < Long.BYTES) {
            throw file.bad("the file is too short for safetensors").expected("at least 8 bytes").got(file.size())
                    .remedy(GgufParser.DAMAGED);
        }
        long length = file.bytes().get(LONG, 0);
        long most = Math.min(LARGEST_HEAD, file.size() - Long.BYTES);
        if (length < 2 || length > most) {
            throw file.bad("the length of the head is impossible").expected("2 to " + most + " bytes")
                    .got(Long.toUnsignedString(length)).remedy(GgufParser.DAMAGED);
        }
        MemorySegment head = file.bytes().asSlice(Long.BYTES, length);
        if (head.get(ValueLayout.JAVA_BYTE, 0) != '{') {
            throw file.bad("this is not a safetensors file").expected("a head that starts with {").remedy(GgufParser.DAMAGED);
        }
        dataStart = Long.BYTES + length;
        try (JsonParser json = json(head)) {
            json.nextToken();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                if (name.equals("__metadata__")) {
                    json.skipChildren();
                } else {
                    entries.put(name, entry(json, name));
                }
                if (entries.size() > MOST_TENSORS) {
                    throw file.bad("the number of tensors is impossible").expected("at most " + MOST_TENSORS);
                }
            }
            if (json.nextToken() != null) {
                throw file.bad("something follows the head's JSON").remedy(GgufParser.DAMAGED);
            }
        } catch (IOException e) {
            throw notJson(file, "the head", e);
        }
        checkOverlap();
        return entries;
    }

    static EngineException notJson(MappedFile file, String what, IOException e) {
        String reason = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.toString();
        return new EngineException(ErrorCode.BAD_FILE, file.path().getFileName() + ": " + what + " is not sound JSON: "
                + MappedFile.shown(String.valueOf(reason)), e).remedy(GgufParser.DAMAGED);
    }

    private Entry entry(JsonParser json, String name) throws IOException {
        String tensor = "tensor " + MappedFile.shown(name);
        expect(json, JsonToken.START_OBJECT, tensor);
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "dtype" -> {
                    expect(json, JsonToken.VALUE_STRING, "the dtype of " + tensor);
                    dtype = json.getText();
                }
                case "shape" -> shape = numbers(json, "the shape of " + tensor);
                case "data_offsets" -> offsets = numbers(json, "the data_offsets of " + tensor);
                default -> json.skipChildren();
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw file.bad(tensor + " is not described completely").expected("dtype, shape and two data_offsets")
                    .remedy(GgufParser.DAMAGED);
        }
        long room = file.size() - dataStart;
        if (offsets[0] > offsets[1] || offsets[1] > room) {
            throw file.bad(tensor + " reaches outside the file").expected("data_offsets from 0 to " + room)
                    .got(Arrays.toString(offsets)).remedy(GgufParser.DAMAGED);
        }
        return new Entry(name, dtype, shape, dataStart + offsets[0], offsets[1] - offsets[0]);
    }

    private long[] numbers(JsonParser json, String what) throws IOException {
        expect(json, JsonToken.START_ARRAY, what);
        List<Long> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json, JsonToken.VALUE_NUMBER_INT, what);
            numbers.add(json.getLongValue());
            if (numbers.size() > MOST_DIMENSIONS || numbers.getLast() < 0) {
                throw file.bad(what + " is impossible").expected("at most " + MOST_DIMENSIONS + " numbers, none negative")
                        .got(numbers).remedy(GgufParser.DAMAGED);
            }
        }
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private void expect(JsonParser json, JsonToken expected, String what) {
        if (json.currentToken() != expected) {
            throw file.bad(what + " is malformed").expected(expected).got(json.currentToken()).remedy(GgufParser.DAMAGED);
        }
    }

    private void checkOverlap() {
        List<Entry> sorted = entries.values().stream().filter(entry -> entry.bytes > 0)
                .sorted(Comparator.comparingLong(Entry::start)).toList();
        for (int i = 1; i < sorted.size(); i++) {
            Entry before = sorted.get(i - 1);
            Entry after = sorted.get(i);
            if (after.start < before.end()) {
                throw file.bad("tensor " + MappedFile.shown(after.name) + " overlaps tensor " + MappedFile.shown(before.name))
                        .expected("data from " + (before.end() - dataStart)).got(after.start - dataStart).remedy(GgufParser.DAMAGED);
            }
        }
    }
}
