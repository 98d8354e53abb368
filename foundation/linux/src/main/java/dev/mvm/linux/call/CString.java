package dev.mvm.linux.call;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Strings that end in a zero byte.
public final class CString {
    private CString() {}

    /// `text` in UTF-8.
    ///
    /// @throws IllegalArgumentException if it contains a zero, which would silently cut it
    public static MemorySegment of(Arena arena, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero character in a string for the kernel");
        }
        return arena.allocateFrom(text, UTF_8);
    }

    /// `name` one byte a character, so that every name of the kernel's has exactly one spelling here.
    ///
    /// @throws IllegalArgumentException if it contains a zero or a character above U+00FF
    public static MemorySegment ofBytes(Arena arena, String name) {
        if (name.chars().anyMatch(c -> c == 0 || c > 0xff)) {
            throw new IllegalArgumentException("not a name of bytes");
        }
        return arena.allocateFrom(name, ISO_8859_1);
    }

    /// A copy of the string at the address `pointer`, at most `most` bytes of it; strnlen(3), memcpy(3).
    /// Copying lets us read foreign memory without giving a Java segment an unchecked size.
    public static String read(long pointer, long most) throws MissingLibraryException {
        if (pointer == 0) {
            return "";
        }
        long length = Library.LIBC.find("strnlen").call(pointer, most);
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(length + 1);
            var _ = Library.LIBC.find("memcpy").call(copy.address(), pointer, length);
            return copy.getString(0, UTF_8);
        }
    }
}
