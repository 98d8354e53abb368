package dev.mvm.hostd.machine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.model.InstanceId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Notices ends of VMs: one thread that polls the pidfds of all of them.
@SuppressWarnings("MustBeClosedChecker") // descriptors are closed by the watching thread
final class VmWatch {
    private final WakeUp changed;
    private final Consumer<String> log;

    @GuardedBy("this")
    private final Map<InstanceId, Fd> watched = new HashMap<>();

    /// Descriptors that the watching thread may be polling right now: it closes them itself.
    @GuardedBy("this")
    private final List<Fd> retired = new ArrayList<>();

    VmWatch(WakeUp changed, Consumer<String> log) {
        this.changed = changed;
        this.log = log;
    }

    /// Begins to watch.
    ///
    /// @param ended told once for each VM that ends while it is watched, on the watching thread
    void start(Consumer<InstanceId> ended) {
        Thread.ofPlatform().name("watch").daemon().start(() -> run(ended));
    }

    /// Watches a descriptor of its own, so that the owner of `process` may close it at any time.
    synchronized void add(InstanceId id, Pidfd process) throws ErrnoException {
        var earlier = watched.put(id, process.fd().duplicate());
        if (earlier != null) {
            earlier.close();
        }
        changed.signal();
    }

    /// Watches a VM no longer.
    synchronized void remove(InstanceId id) {
        var fd = watched.remove(id);
        if (fd != null) {
            retired.add(fd);
        }
    }

    private void run(Consumer<InstanceId> ended) {
        try {
            while (true) {
                var ready = Poll.readable(descriptors(), Deadline.never());
                changed.clear();
                for (var id : endedOf(ready)) {
                    try {
                        ended.accept(id);
                    } catch (RuntimeException e) { // a bug costs what follows from this end, and no other is missed
                        log.accept("after the end of " + id + ": " + e);
                    }
                }
            }
        } catch (ErrnoException e) {
            log.accept("watching VMs has failed: " + e.getMessage());
        }
    }

    private synchronized List<Fd> descriptors() {
        retired.forEach(Fd::close);
        retired.clear();
        var all = new ArrayList<Fd>(watched.values());
        all.add(changed.fd());
        return all;
    }

    private synchronized List<InstanceId> endedOf(List<Fd> ready) {
        var out = new ArrayList<InstanceId>();
        for (var entry : List.copyOf(watched.entrySet())) {
            if (ready.contains(entry.getValue())) {
                out.add(entry.getKey());
                watched.remove(entry.getKey());
                retired.add(entry.getValue());
            }
        }
        return out;
    }
}
