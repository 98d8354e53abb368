package dev.mvm.guestd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.Poll;
import dev.mvm.model.InstanceId;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Output of the VMs of one tenant, in memory alone. Each console is read as fast as its VM prints, whether
/// or not an agent asks for it: a pipe that is full costs the VM its output.
final class Consoles {
    /// Most instances: more than a tenant's network has addresses, and 16 MiB in all.
    static final int MOST = 256;

    /// Time that the output of a VM is kept after its end.
    static final Duration KEPT = Duration.ofHours(24);

    private static final int PIECE = 8 * 1024;

    /// One instance's console, and the reading end that a thread takes when it has read another to its end.
    private static final class Entry {
        final Console console = new Console();
        Optional<Fd> next = Optional.empty();
        boolean read;
    }

    private final LongSupplier nanos;
    private final Consumer<String> log;

    @GuardedBy("this")
    private final Map<InstanceId, Entry> entries = new HashMap<>();

    /// @param nanos clock for ages
    Consoles(LongSupplier nanos, Consumer<String> log) {
        this.nanos = nanos;
        this.log = log;
    }

    /// Reads a VM's console from now on, on a thread of its own. A console that is being read already is read to its
    /// end first: hostd hands the same one over again with each session.
    ///
    /// @param end reading end, which is taken over. What is not a pipe is closed: a VMM can put anything there
    void attach(InstanceId instance, Fd end) throws ErrnoException {
        if (end.status().kind() != FileStatus.Kind.FIFO) {
            end.closeApart();
            log.accept(instance + ": its console is not a pipe");
            return;
        }
        var entry = offer(instance, end.move());
        if (entry.isPresent()) {
            Thread.ofPlatform().name("console " + instance).daemon().start(() -> read(instance, entry.get()));
        }
    }

    /// @return the entry if it has no thread that reads yet
    private synchronized Optional<Entry> offer(InstanceId instance, Fd end) {
        expire();
        makeRoom(instance);
        var entry = entries.computeIfAbsent(instance, _ -> new Entry());
        entry.next.ifPresent(Fd::close);
        entry.next = Optional.of(end);
        if (entry.read) {
            return Optional.empty();
        }
        entry.read = true;
        entry.console.begin();
        return Optional.of(entry);
    }

    /// Forgets what VMs have printed that ended long ago.
    synchronized void expire() {
        entries.values().removeIf(entry -> !entry.read && age(entry) > KEPT.toNanos());
    }

    @GuardedBy("this")
    private void makeRoom(InstanceId instance) {
        if (entries.size() >= MOST && !entries.containsKey(instance)) {
            entries.entrySet().stream()
                    .filter(other -> !other.getValue().read)
                    .max(Comparator.comparingLong(other -> age(other.getValue())))
                    .ifPresent(oldest -> entries.remove(oldest.getKey()));
        }
    }

    private long age(Entry entry) {
        return nanos.getAsLong() - entry.console.ended().orElse(nanos.getAsLong());
    }

    /// Returns the console of an instance whose VM has printed to this process.
    synchronized Optional<Console> find(InstanceId instance) {
        expire();
        return Optional.ofNullable(entries.get(instance)).map(entry -> entry.console);
    }

    private void read(InstanceId instance, Entry entry) {
        for (var end = next(entry); end.isPresent(); end = next(entry)) {
            try (var pipe = end.get()) {
                drain(pipe, entry.console);
            } catch (ErrnoException e) {
                log.accept(instance + ": its console is lost: " + e.getMessage());
            }
        }
    }

    private synchronized Optional<Fd> next(Entry entry) {
        var next = entry.next;
        entry.next = Optional.empty();
        if (next.isEmpty()) {
            entry.read = false;
            entry.console.end(nanos.getAsLong());
        }
        return next;
    }

    private static void drain(Fd pipe, Console console) throws ErrnoException {
        var direct = ByteBuffer.allocateDirect(PIECE);
        var piece = new byte[PIECE];
        while (true) {
            Poll.await(pipe, Poll.Event.READABLE, Deadline.never());
            try {
                int length = pipe.read(MemorySegment.ofBuffer(direct));
                if (length == 0) {
                    return; // the VMM has ended
                }
                direct.get(0, piece, 0, length);
                console.append(piece, length);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EAGAIN) {
                    throw e;
                }
            }
        }
    }
}
