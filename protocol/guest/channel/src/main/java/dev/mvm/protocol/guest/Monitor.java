package dev.mvm.protocol.guest;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The lock of a channel, on which all its calls wait for each other's changes, and the channel's end, which ends
/// every wait. It is never held during I/O, and of others' code only a [StreamListener] runs while it is.
final class Monitor {
    private @Nullable EndReason end;

    /// Makes those who wait look again.
    synchronized void changed() {
        notifyAll();
    }

    synchronized boolean ended() {
        return end != null;
    }

    /// Sets why the channel ends, unless it has ended before.
    ///
    /// @return the reason that counts
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

    /// The moment when a wait that begins now is over, on the clock of [System#nanoTime].
    static long deadline(Duration limit) {
        return System.nanoTime() + limit.toNanos();
    }

    /// Waits for `enough`.
    ///
    /// @return false if it was not so by the deadline
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
            // those threads end with the channel and for no other reason, so an interrupt is just a look around
        }
    }
}
