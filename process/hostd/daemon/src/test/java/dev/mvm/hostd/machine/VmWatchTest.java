package dev.mvm.hostd.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.model.InstanceId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Over real processes.
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class VmWatchTest {
    private static final InstanceId FIRST = InstanceId.of(1);
    private static final InstanceId SECOND = InstanceId.of(2);

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    private Process watched(VmWatch watch, InstanceId id) throws Exception {
        var process = new ProcessBuilder("sleep", "3600").start();
        started.add(process);
        try (var pidfd = Pidfd.open((int) process.pid())) {
            watch.add(id, pidfd);
        }
        return process;
    }

    /// The thread lives as long as the process, and so does its descriptor.
    @Test
    @SuppressWarnings("MustBeClosedChecker")
    void bugInWhatIsTold_costsNoOtherEnd() throws Exception {
        var told = new LinkedBlockingQueue<InstanceId>();
        var log = new CopyOnWriteArrayList<String>();
        var watch = new VmWatch(new WakeUp(), log::add);
        watch.start(id -> {
            told.add(id);
            if (id.equals(FIRST)) {
                throw new IllegalStateException("a bug");
            }
        });
        var first = watched(watch, FIRST);
        var second = watched(watch, SECOND);
        first.destroyForcibly();
        assertThat(told.take()).isEqualTo(FIRST);
        second.destroyForcibly();
        assertThat(told.take()).isEqualTo(SECOND);
        assertThat(log).singleElement().asString().contains(FIRST.value()).contains("a bug");
    }
}
