package dev.mvm.protocol.guest;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The lock of a channel, on which its calls wait for each other's changes, and the channel's end, which ends every
/// wait. It is never held during I/O, and of foreign code only a [StreamListener] runs under it.
final class Monitor {
    private @Nullable EndReason end;

    /// Wakes waiting threads to test their conditions again.
    synchronized void changed() {
        notifyAll();
    }

    synchronized boolean ended() {
        return end != null;
    }

    /// Sets the reason for the channel's end, unless the channel has ended before.
    ///
    /// @return the reason that was set first
    synchronized EndReason end(EndReason reason) {
        if (end == null) {
            end = reason;
            notifyAll();
        }
        return end;
    }

    synchronized void checkOpen() throws ChannelClosedException {
        if (end != null) {
            throw new ChannelClosedException(end);
        }
    }

    /// Returns the end of a wait that begins now, on the clock of [System#nanoTime].
    static long deadline(Duration limit) {
        return System.nanoTime() + limit.toNanos();
    }

    /// Waits for `enough`.
    ///
    /// @return false if it did not hold by the deadline
    /// @throws ChannelClosedException if the channel ended first
    synchronized boolean await(BooleanSupplier enough, long deadline)
            throws ChannelClosedException, InterruptedException {
        while (!enough.getAsBoolean()) {
            checkOpen();
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /// Waits for `enough`, for as long as the channel lives.
    ///
    /// @throws ChannelClosedException if the channel ended first
    synchronized void await(BooleanSupplier enough) throws ChannelClosedException, InterruptedException {
        while (!enough.getAsBoolean()) {
            checkOpen();
            wait();
        }
    }

    /// Waits for `enough` or the channel's end, on a thread of the channel's own.
    synchronized void awaitHere(BooleanSupplier enough) {
        while (!enough.getAsBoolean() && end == null) {
            rest(this);
        }
    }

    /// Waits on a thread of the channel's own; the caller holds `lock` and looks again afterwards.
    @SuppressWarnings("WaitNotInLoop") // the callers loop
    static void rest(Object lock) {
        try {
            lock.wait();
        } catch (InterruptedException e) {
            // those threads end with the channel alone, so an interrupt only tests the condition again
        }
    }
}
