package dev.mvm.hostd.machine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.NetId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// A guestd for each tenant that has a VM here, and for those that had one last: it has what their VMs have printed.
/// One that a guest has taken over has no other tenant's guests.
final class Guestds {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /// Most guestds of tenants without a VM.
    private static final int QUIET = 8;

    private final UnixAddress socket;
    private final Consumer<String> log;

    @GuardedBy("this")
    private final Map<NetId, Tenant> tenants = new HashMap<>();

    /// Tenants without a VM, in the order in which they had their last.
    @GuardedBy("this")
    private final Deque<Tenant> quiet = new ArrayDeque<>();

    /// @param socket where a connection is a guestd
    Guestds(UnixAddress socket, Consumer<String> log) {
        this.socket = socket;
        this.log = log;
    }

    /// For one VM more of a tenant's.
    synchronized Tenant join(NetId net) {
        var tenant = tenants.computeIfAbsent(net, Tenant::new);
        tenant.vms++;
        quiet.remove(tenant);
        return tenant;
    }

    private synchronized void leave(Tenant tenant) {
        if (--tenant.vms == 0) {
            quiet.addLast(tenant);
        }
        if (quiet.size() > QUIET) {
            var oldest = quiet.removeFirst();
            tenants.remove(oldest.net);
            oldest.end();
        }
    }

    /// Passes on a packet that nothing is reported about, to a guestd that starts if there is none.
    ///
    /// @param descriptor stays its owner's
    /// @return whether it has been passed on
    boolean pass(NetId net, byte[] packet, Fd descriptor) {
        var tenant = join(net);
        boolean passed = tenant.guestd()
                .filter(guestd -> guestd.send(packet, List.of(descriptor)))
                .isPresent();
        tenant.leave();
        return passed;
    }

    /// One tenant's guestd, and the one after it.
    final class Tenant {
        private final NetId net;
        private int vms; // guarded by the outer lock

        @GuardedBy("this")
        private Optional<Guestd> current = Optional.empty();

        @GuardedBy("this")
        private Duration delay = Duration.ZERO;

        @GuardedBy("this")
        private long started;

        @GuardedBy("this")
        private boolean over;

        private Tenant(NetId net) {
            this.net = net;
        }

        /// A VM is over. After its tenant's last one the guestd stays for a while.
        void leave() {
            Guestds.this.leave(this);
        }

        /// The guestd that there is, or a new one. Empty while there should be none: one that did not last is not
        /// followed at once, each time later.
        synchronized Optional<Guestd> guestd() {
            if (current.isPresent() && !current.get().gone()) {
                return current;
            }
            current = Optional.empty();
            long age = System.nanoTime() - started;
            if (over || (!delay.isZero() && age < delay.toNanos())) {
                return current;
            }
            delay = delay.isZero() || age > LONGEST.toNanos() ? FIRST : delay.multipliedBy(2);
            if (delay.compareTo(LONGEST) > 0) {
                delay = LONGEST;
            }
            started = System.nanoTime();
            try {
                current = Optional.of(Guestd.start(socket, log));
            } catch (ErrnoException e) {
                log.accept("no guestd: " + e.getMessage());
            }
            return current;
        }

        private synchronized void end() {
            over = true;
            current.ifPresent(Guestd::end);
        }
    }
}
