package dev.qyclone.engine.file;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads the head of a mapped file from front to back. Every length is checked against what is left before memory is taken. */
final class GgufCursor {
    /** What comes before the weights of a model is below 20 MB; more than this is no model. */
    private static final long LARGEST_HEAD = 64L << 20;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MappedFile file;
    private final MemorySegment bytes;
    private long position;

    GgufCursor(MappedFile file) {
        this.file = file;
        this.bytes = file.bytes();
    }

    MappedFile file() {
        return file;
    }

    long position() {
        return position;
    }

    byte i8(String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, take(1, what));
    }

    short i16(String what) {
        return bytes.get(SHORT, take(Short.BYTES, what));
    }

    int i32(String what) {
        return bytes.get(INT, take(Integer.BYTES, what));
    }

    long i64(String what) {
        return bytes.get(LONG, take(Long.BYTES, what));
    }

    /**
     * Reads an unsigned 64-bit number of things that follow.
     *
     * @param things for the message, with {@code what} behind: put together only when it is needed
     * @param bytesEach the fewest bytes that one of them takes
     */
    long count(String things, String what, long bytesEach) {
        long count = i64(what);
        long most = (file.size() - position) / bytesEach;
        if (count < 0 || count > most) {
            throw file.bad("the number of " + things + what + " is impossible")
                    .expected("at most " + most + " in what is left of the file").got(Long.toUnsignedString(count))
                    .remedy(GgufParser.DAMAGED);
        }
        return count;
    }

    /** Reads a length and as many bytes of UTF-8. */
    String string(String what) {
        long length = count("bytes of ", what, 1);
        long start = take(length, what);
        byte[] utf8 = new byte[(int) length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, start, utf8, 0, utf8.length);
        String text = new String(utf8, StandardCharsets.UTF_8);
        // Malformed bytes became U+FFFD; only where that stands is the slow, strict decoder asked.
        if (text.indexOf('\uFFFD') >= 0) {
            requireUtf8(utf8, what, start);
        }
        return text;
    }

    private void requireUtf8(byte[] utf8, String what, long start) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
        } catch (CharacterCodingException e) {
            throw new EngineException(ErrorCode.BAD_FILE, file.path().getFileName() + ": " + what + " is no text", e)
                    .expected("UTF-8").got("bytes that are none at " + start).remedy(GgufParser.DAMAGED);
        }
    }

    private long take(long length, String what) {
        if (length > file.size() - position) {
            throw file.bad("the file ends inside " + what)
                    .expected(length + " bytes at " + position).got(file.size() - position).remedy(GgufParser.DAMAGED);
        }
        if (position + length > LARGEST_HEAD) {
            throw file.bad("the metadata is too large").expected("at most " + LARGEST_HEAD + " bytes before the weights")
                    .got("more, in " + what);
        }
        long start = position;
        position += length;
        return start;
    }
}
