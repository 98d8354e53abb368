package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import java.util.concurrent.CountDownLatch;

/// A slow consumer: its first call lasts until it is released.
final class Stalled implements ProgramListener {
    private final CountDownLatch called = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final Collected collected = new Collected();

    void awaitCall() throws InterruptedException {
        called.await();
    }

    void release() {
        released.countDown();
    }

    /// Returns the output, once the calls have been released.
    Collected collected() {
        return collected;
    }

    private void stall() {
        called.countDown();
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a consumer", e);
        }
    }

    @Override
    public void stdout(Bytes data) {
        stall();
        collected.stdout(data);
    }

    @Override
    public void stderr(Bytes data) {
        stall();
        collected.stderr(data);
    }

    @Override
    public void ended(ProgramEnd how) {
        collected.ended(how);
    }
}
