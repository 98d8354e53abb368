package dev.mvm.sealer.paging.fuse;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.mvm.linux.fd.WakeUp;
import dev.mvm.sealer.paging.Threads;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// A connection that a thread serves until it is stopped or closed.
final class Served implements AutoCloseable {
    final FuseMount mount = FuseMount.make();
    final FuseConnection connection;
    private final WakeUp stop = new WakeUp();
    final CompletableFuture<FuseConnection.End> end;

    @SuppressWarnings("MustBeClosedChecker") // by close
    Served(boolean writing, FileContents contents) throws IOException {
        connection = writing
                ? FuseConnection.writing(
                        mount.device, FuseConnectionTest.MEMORY, FuseConnectionTest.VMSTATE, 0, 0, contents)
                : FuseConnection.reading(mount.device, FuseConnectionTest.VMSTATE, 0, 0, contents);
        // a call of this very process would wait for ever if no thread served and the device stayed open
        end = Threads.start(() -> {
            try (connection;
                    mount.device) {
                return connection.serve(stop);
            }
        });
    }

    FileChannel create(String name) throws IOException {
        return FileChannel.open(mount.file(name), WRITE, CREATE);
    }

    FuseConnection.End stopped() throws IOException {
        stop.signal();
        return end.join();
    }

    @Override
    public void close() throws IOException {
        try {
            var _ = stopped();
        } catch (CompletionException _) {
            // the test has seen it
        }
        connection.close();
        mount.close();
        stop.close();
    }
}
