package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;

/// The VMM's end of a stream.
final class Vmm {
    private static final int ECONNRESET = 104;
    private static final int PIECE = 100_000; // neither a divisor nor a multiple of anything

    private Vmm() {}

    /// Writes all of it and hangs up. A sealer that has ended meanwhile is no failure of the VMM's.
    static CompletableFuture<Void> sends(Fd end, MemorySegment bytes) {
        return CompletableFuture.runAsync(
                () -> {
                    try (end) {
                        for (long done = 0; done < bytes.byteSize(); ) {
                            done += end.write(bytes.asSlice(done, Math.min(PIECE, bytes.byteSize() - done)));
                        }
                    } catch (ErrnoException e) {
                        if (e.errno() != Errno.EPIPE && e.errno() != ECONNRESET) {
                            throw new UncheckedIOException(e);
                        }
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
    }

    /// Reads to the end.
    static CompletableFuture<byte[]> receives(Fd end) {
        return CompletableFuture.supplyAsync(
                () -> {
                    var out = new ByteArrayOutputStream();
                    try (end;
                            var arena = Arena.ofConfined()) {
                        var buffer = arena.allocate(PIECE);
                        for (int more; (more = end.read(buffer)) > 0; ) {
                            out.writeBytes(buffer.asSlice(0, more).toArray(JAVA_BYTE));
                        }
                    } catch (ErrnoException e) {
                        if (e.errno() != ECONNRESET) {
                            throw new UncheckedIOException(e);
                        }
                    }
                    return out.toByteArray();
                },
                task -> Thread.ofPlatform().daemon().start(task));
    }
}
