package dev.mvm.guestd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/// A VM's console as the launcher makes it, and the VMM's end of it.
final class Pipe implements AutoCloseable {
    private final Path path;
    private final Fd vmm;

    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    Pipe(Path path) throws Exception {
        this.path = path;
        Files.deleteIfExists(path);
        int status = new ProcessBuilder("mkfifo", path.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("mkfifo");
        }
        try (var _ = end()) {
            vmm = Fd.open(path, OpenFlag.WRITE_ONLY); // has to have a reader for a moment
        }
    }

    /// A reading end, as hostd opens it.
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    Fd end() throws IOException {
        return Fd.open(path, OpenFlag.NON_BLOCKING);
    }

    /// Prints all of it, and waits for room.
    void print(byte[] bytes) throws IOException {
        try (var arena = Arena.ofConfined()) {
            vmm.writeAll(arena.allocateFrom(JAVA_BYTE, bytes));
        }
    }

    void print(String text) throws IOException {
        print(text.getBytes(UTF_8));
    }

    /// The VMM ends.
    @Override
    public void close() {
        vmm.close();
    }
}
