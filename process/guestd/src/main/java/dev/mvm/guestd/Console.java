package dev.mvm.guestd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.model.Bytes;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// The last bytes that the VMs of one instance have printed, one VM after the other. The bytes are numbered from 0
/// on, so that who reads them can tell how many went by. Thread-safe.
final class Console {
    /// Most bytes that are kept.
    static final int MOST = 64 * 1024;

    private static final int FIRST = 4 * 1024;

    /// Bytes of a console from a number on.
    ///
    /// @param lost how many of the bytes that were asked for are no longer kept
    /// @param bytes those that follow them
    /// @param next number of the byte after `bytes`
    record Part(long lost, Bytes bytes, long next) {}

    /// As long as all bytes until now need, at most [#MOST].
    @GuardedBy("this")
    private byte[] ring = new byte[0];

    @GuardedBy("this")
    private long written;

    @GuardedBy("this")
    private OptionalLong ended = OptionalLong.empty();

    /// A VM begins to print.
    synchronized void begin() {
        ended = OptionalLong.empty();
    }

    /// The VM prints nothing more.
    ///
    /// @param nanos the time, of the clock that the caller uses for ages
    synchronized void end(long nanos) {
        ended = OptionalLong.of(nanos);
        notifyAll();
    }

    /// Returns the time of the last VM's end; empty while a VM prints.
    synchronized OptionalLong ended() {
        return ended;
    }

    /// Appends the first `length` bytes of `from`, over the oldest if there is no room.
    synchronized void append(byte[] from, int length) {
        grow(Math.min(written + length, MOST));
        int skipped = Math.max(0, length - MOST);
        for (int done = skipped; done < length; ) {
            int at = (int) ((written + done) % MOST);
            int piece = Math.min(length - done, MOST - at);
            System.arraycopy(from, done, ring, at, piece);
            done += piece;
        }
        written += length;
        notifyAll();
    }

    @GuardedBy("this")
    private void grow(long wanted) {
        if (wanted > ring.length) {
            long doubled = Math.max(wanted, Math.max(FIRST, ring.length * 2L));
            ring = Arrays.copyOf(ring, (int) Math.min(doubled, MOST));
        }
    }

    /// Returns the number of bytes that have been printed.
    synchronized long written() {
        return written;
    }

    /// Returns the bytes from `number` on, at most `most`.
    ///
    /// @param number 0 to [#written]
    synchronized Part from(long number, int most) {
        long first = Math.max(number, written - MOST);
        int length = (int) Math.min(most, written - first);
        var bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int at = (int) ((first + done) % MOST);
            int piece = Math.min(length - done, MOST - at);
            System.arraycopy(ring, at, bytes, done, piece);
            done += piece;
        }
        return new Part(first - number, Bytes.of(bytes), first + length);
    }

    /// Waits until there are more than `number` bytes, or the VM prints nothing more, but not for longer than `limit`.
    synchronized void await(long number, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        for (long left = limit.toNanos();
                written <= number && ended.isEmpty() && left > 0;
                left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
