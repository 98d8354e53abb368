package dev.mvm.hostd.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;

/// A counter that grows with every change of what there is, and lets others wait for it.
public final class Changes {
    @GuardedBy("this")
    private long count = 1;

    public synchronized void changed() {
        count++;
        notifyAll();
    }

    /// Waits until there has been a change after `seen`, at most for `limit`.
    ///
    /// @return the current count, which is `seen` if nothing came
    public synchronized long await(long seen, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (count <= seen) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return count;
            }
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
        return count;
    }
}
