package dev.qyclone.engine.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts GGUF files together byte by byte, also ones that no sane writer writes. */
final class GgufBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Magic, version, and the two counts. */
    static GgufBytes head(int version, long tensors, long pairs) {
        return new GgufBytes().u32(GgufParser.MAGIC).u32(version).u64(tensors).u64(pairs);
    }

    GgufBytes u8(int value) {
        bytes.write(value);
        return this;
    }

    GgufBytes u32(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            bytes.write(value >>> shift);
        }
        return this;
    }

    GgufBytes u64(long value) {
        return u32((int) value).u32((int) (value >>> 32));
    }

    GgufBytes raw(byte... raw) {
        bytes.writeBytes(raw);
        return this;
    }

    GgufBytes string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return u64(utf8.length).raw(utf8);
    }

    /** A tensor entry; sizes innermost first, as in the file. */
    GgufBytes tensor(String name, int type, long offset, long... sizes) {
        string(name).u32(sizes.length);
        for (long size : sizes) {
            u64(size);
        }
        return u32(type).u64(offset);
    }

    GgufBytes alignedTo(int alignment) {
        while (bytes.size() % alignment != 0) {
            bytes.write(0);
        }
        return this;
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    Path write(Path path) {
        try {
            return Files.write(path, bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
