package dev.mvm.sealer.paging.fuse;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.fd.WakeUp;
import dev.mvm.sealer.paging.Threads;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// One mount and the connections that serve it, one after another.
final class FuseHandOverTest {
    /// Serves like [Served], but leaves the mount to a next connection.
    private static CompletableFuture<FuseConnection.End> served(FuseConnection connection, WakeUp stop, boolean all) {
        return Threads.start(() -> {
            try (connection) {
                var end = connection.serve(stop);
                if (all) {
                    connection.drain();
                } else {
                    connection.breakOff();
                }
                return end;
            }
        });
    }

    @Test
    @SuppressWarnings("MustBeClosedChecker") // by the threads that serve
    void oneMount_isServedByOneAfterAnother() throws Exception {
        var kept = new Kept();
        System.arraycopy(
                FuseConnectionTest.random(FuseConnectionTest.VMSTATE), 0, kept.vmstate, 0, FuseConnectionTest.VMSTATE);
        try (var mount = FuseMount.make();
                var first = new WakeUp();
                var second = new WakeUp()) {
            var reading =
                    served(FuseConnection.reading(mount.device, FuseConnectionTest.VMSTATE, 0, 0, kept), first, true);
            try (var old = FileChannel.open(mount.file("vmstate"), READ)) {
                assertThat(old.size()).isEqualTo(FuseConnectionTest.VMSTATE);
                first.signal();
                assertThat(reading.join()).isEqualTo(FuseConnection.End.STOPPED);
                var early = Threads.start(
                        () -> { // without a server, it waits in the kernel
                            try (var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
                                return file.write(ByteBuffer.wrap(FuseConnectionTest.random(FuseConnectionTest.PAGE)));
                            }
                        });
                var writing = served(
                        FuseConnection.writing(
                                mount.device, FuseConnectionTest.MEMORY, FuseConnectionTest.VMSTATE, 0, 0, kept),
                        second,
                        true);
                assertThat(early.join()).isEqualTo(FuseConnectionTest.PAGE);
                assertThat(kept.memory).startsWith(FuseConnectionTest.random(FuseConnectionTest.PAGE));
                FuseConnectionTest.refused("Stale", () -> old.read(ByteBuffer.allocate(1), 0));
                FuseConnectionTest.refused("Stale", old::size);
                FuseConnectionTest.refused(
                        "", () -> Files.size(mount.file("vmstate"))); // the earlier connection had that file
                try (var fresh = FileChannel.open(mount.file("vmstate"), WRITE, CREATE)) {
                    assertThat(fresh.write(ByteBuffer.wrap(new byte[5]))).isEqualTo(5);
                }
                second.signal();
                assertThat(writing.join()).isEqualTo(FuseConnection.End.STOPPED);
            }
        }
    }

    /// A VMM that writes gets an error, and can close its files without a server.
    @Test
    @SuppressWarnings("MustBeClosedChecker") // by the thread that serves
    void whatIsBrokenOff_fails() throws Exception {
        var begun = new CompletableFuture<Void>();
        var contents = new FileContents() {
            @Override
            public void write(FuseFile file, long offset, MemorySegment bytes) {
                begun.complete(null);
            }

            @Override
            public void read(FuseFile file, long offset, MemorySegment into) throws IOException {
                throw new IOException("nothing is read");
            }
        };
        try (var mount = FuseMount.make();
                var stop = new WakeUp()) {
            var serving = served(
                    FuseConnection.writing(mount.device, 1L << 40, FuseConnectionTest.VMSTATE, 0, 0, contents),
                    stop,
                    false);
            var vmm = Threads.start(() -> {
                try (var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
                    long written = 0;
                    while (true) {
                        written += file.write(ByteBuffer.wrap(new byte[FuseConnectionTest.PAGE]), written);
                    }
                }
            });
            begun.join();
            stop.signal();
            assertThatThrownBy(vmm::join).hasRootCauseMessage("Input/output error");
            assertThat(serving.join()).isEqualTo(FuseConnection.End.STOPPED);
        }
    }
}
