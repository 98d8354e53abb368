package dev.mvm.netd;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import java.lang.foreign.Arena;
import java.util.List;

/// Carries frames between two taps, as a VMM does between its own and the guest's driver.
final class Cable implements AutoCloseable {
    private static final int LONGEST = 70_000;

    private final WakeUp stop;
    private final Thread thread;
    private final Fd one;
    private final Fd other;

    /// Takes over both ends.
    @SuppressWarnings("MustBeClosedChecker") // closed by close
    Cable(Fd one, Fd other) throws ErrnoException {
        this.one = one;
        this.other = other;
        this.stop = new WakeUp();
        this.thread = Thread.ofPlatform().name("cable").start(this::carry);
    }

    private void carry() {
        try (var arena = Arena.ofConfined()) {
            var frame = arena.allocate(LONGEST);
            while (true) {
                var ready = Poll.readable(List.of(one, other, stop.fd()), Deadline.never());
                if (ready.contains(stop.fd())) {
                    return;
                }
                for (var from : ready) {
                    int size = from.read(frame);
                    try {
                        var _ = (from == one ? other : one).write(frame.asSlice(0, size));
                    } catch (ErrnoException _) {
                        // an end that is down loses frames, as any cable
                    }
                }
            }
        } catch (ErrnoException _) {
            return; // the tap was deleted under the VM
        }
    }

    @Override
    public void close() {
        try {
            stop.signal();
            thread.join();
        } catch (ErrnoException | InterruptedException e) {
            throw new AssertionError(e);
        }
        one.close();
        other.close();
        stop.close();
    }
}
