package dev.mvm.protocol.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import java.time.Duration;

/// Time limit of tests for events that must happen: far longer than they take on the slowest machine.
final class Patience {
    static final Duration LIMIT = Duration.ofSeconds(60);

    private Patience() {}

    /// Waits until no thread of the instance's channels is left.
    static void awaitThreads(InstanceId instance) throws InterruptedException {
        for (var thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("guest " + instance + " ")) {
                assertThat(thread.join(LIMIT)).as(thread.getName()).isTrue();
            }
        }
    }
}
