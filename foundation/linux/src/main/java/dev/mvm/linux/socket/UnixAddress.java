package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Address of a Unix socket: a path, or a name in the abstract namespace; unix(7).
public final class UnixAddress {
    static final short AF_UNIX = 1; // linux/socket.h

    static final int SUN_PATH = 2; // offset in struct sockaddr_un, linux/un.h
    private static final int LONGEST = 107; // of sun_path's 108 bytes, so that a path always ends in a zero

    private final byte[] sunPath;

    private UnixAddress(byte[] sunPath) {
        if (sunPath.length < 2 || sunPath.length > LONGEST) {
            throw new IllegalArgumentException("a socket address has 1 to 107 bytes: " + sunPath.length);
        }
        this.sunPath = sunPath;
    }

    /// A socket in the file system, by a path from our own configuration.
    ///
    /// @throws IllegalArgumentException if the path is not absolute or longer than 107 bytes
    public static UnixAddress at(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path for a socket");
        }
        return new UnixAddress(path.toString().getBytes(UTF_8));
    }

    /// A name in an open directory, `/proc/self/fd/N/NAME`. It is for bind(2), which follows no symbolic link in the
    /// last place. Valid while the directory is open.
    static UnixAddress in(Directory directory, String name) {
        if (name.isEmpty() || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.equals("..")) {
            throw new IllegalArgumentException("not a name of a socket in a directory");
        }
        var path = "/proc/self/fd/" + directory.fd().number() + "/" + name;
        return new UnixAddress(path.getBytes(ISO_8859_1));
    }

    /// The socket that a handle stands for, whatever has its name meanwhile: `/proc/self/fd/N`. Valid while the handle
    /// is open.
    static UnixAddress of(Fd handle) {
        return new UnixAddress(("/proc/self/fd/" + handle.number()).getBytes(ISO_8859_1));
    }

    /// Reads the notation of sd_notify(3): a leading `/` is a path, a leading `@` an abstract name.
    ///
    /// @throws IllegalArgumentException for anything else
    public static UnixAddress parse(String text) {
        if (text.startsWith("@") && text.length() > 1) {
            var bytes = text.getBytes(UTF_8);
            bytes[0] = 0;
            return new UnixAddress(bytes);
        }
        return at(Path.of(text));
    }

    /// `struct sockaddr_un`; its size is the address's length.
    MemorySegment allocate(Arena arena) {
        boolean path = sunPath[0] != 0;
        var address = arena.allocate(SUN_PATH + sunPath.length + (path ? 1L : 0L), Short.BYTES);
        address.set(JAVA_SHORT, 0, AF_UNIX);
        MemorySegment.copy(sunPath, 0, address, JAVA_BYTE, SUN_PATH, sunPath.length);
        return address;
    }
}
