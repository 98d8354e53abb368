package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A consumer that takes everything.
final class Collected implements ProgramListener {
    // guarded by this
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<ProgramEnd> end = new CompletableFuture<>();

    @Override
    public synchronized void stdout(Bytes data) {
        out.writeBytes(data.array());
        notifyAll();
    }

    @Override
    public synchronized void stderr(Bytes data) {
        err.writeBytes(data.array());
        notifyAll();
    }

    @Override
    public void ended(ProgramEnd how) {
        if (!end.complete(how)) {
            throw new AssertionError("a second end");
        }
    }

    synchronized byte[] outBytes() {
        return out.toByteArray();
    }

    synchronized String out() {
        return out.toString(UTF_8);
    }

    synchronized String err() {
        return err.toString(UTF_8);
    }

    /// Waits until there are `bytes` of standard output.
    synchronized void awaitOut(int bytes) throws InterruptedException {
        while (out.size() < bytes) {
            wait();
        }
    }

    boolean hasEnded() {
        return end.isDone();
    }

    /// Waits for the program's end.
    ProgramEnd end() throws ExecutionException, InterruptedException, TimeoutException {
        return end.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
}
