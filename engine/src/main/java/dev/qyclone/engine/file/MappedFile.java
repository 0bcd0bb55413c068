package dev.qyclone.engine.file;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A whole file in memory, read-only, of any size.
 *
 * @param bytes never empty
 */
record MappedFile(Path path, MemorySegment bytes) {
    private static final int LONGEST_SHOWN = 80;

    /** @param kind what the file should be, for messages, such as "a GGUF file" */
    static MappedFile map(Path path, String kind, Arena arena) {
        if (!Files.exists(path)) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, "there is no file " + path).remedy("check the path");
        }
        if (!Files.isRegularFile(path)) {
            throw new EngineException(ErrorCode.BAD_FILE, path + " cannot be read")
                    .expected(kind).got(Files.isDirectory(path) ? "a folder" : "something that is no regular file");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() == 0) {
                throw new EngineException(ErrorCode.BAD_FILE, path + " cannot be read").expected(kind).got("an empty file");
            }
            return new MappedFile(path, sameKindAsAllocated(channel.map(MapMode.READ_ONLY, 0, channel.size(), arena), arena));
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, path + " cannot be read: " + e, e).remedy("check its permissions");
        }
    }

    /**
     * The same bytes as a segment of the class that arenas allocate. With two classes at hand a kernel that has met both calls a
     * method for each load, and its vectors go to the heap: it then takes six times as long. Without --enable-native-access Java would
     * warn of it on stderr; a program that reads nothing but files does without.
     */
    private static MemorySegment sameKindAsAllocated(MemorySegment mapped, Arena arena) {
        return MappedFile.class.getModule().isNativeAccessEnabled() ? mapped.reinterpret(arena, null) : mapped;
    }

    long size() {
        return bytes.byteSize();
    }

    /** An error about the contents; {@code what} names the key or tensor. */
    EngineException bad(String what) {
        return new EngineException(ErrorCode.BAD_FILE, path.getFileName() + ": " + what);
    }

    EngineException unsupported(String what) {
        return new EngineException(ErrorCode.UNSUPPORTED, path.getFileName() + ": " + what);
    }

    /** A name from a file as a message may show it: of bounded length and without control characters. */
    static String shown(String name) {
        String printable = name.codePoints().limit(LONGEST_SHOWN).map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        return name.codePointCount(0, name.length()) > LONGEST_SHOWN ? printable + "…" : printable;
    }
}
