package dev.mvm.keyd;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.keyd.release.TenantKeys;
import dev.mvm.keyd.rpc.Door;
import dev.mvm.keyd.rpc.KeydServer;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;

/// Runs keyd: first the system call filter closes, then keys and documents are opened, and only then requests are
/// answered.
@SuppressWarnings("MustBeClosedChecker") // what is opened here lives as long as the process
final class Daemon {
    static final String COORDINATORS = "keyd";
    static final String DOCUMENTS = "documents";

    private static final int GROUP = 0660;
    private static final int ANYBODY = 0666;
    private static final int CONNECTIONS = 32;
    private static final Duration UPKEEP = Duration.ofSeconds(15);

    private final Parts parts;
    private final List<KeydServer> servers;
    private final Optional<MetricsFile> metrics;
    private final WakeUp stop = new WakeUp();

    private Daemon(Parts parts, List<KeydServer> servers, Optional<MetricsFile> metrics) throws ErrnoException {
        this.parts = parts;
        this.servers = servers;
        this.metrics = metrics;
    }

    static Daemon start(KeydConfig config)
            throws IOException, RefusedException, StoreException, SigningException, KeyException {
        KeydConfinement.enter(config.network());
        var inherited = InheritedFds.take(System.getenv());
        var key = Parts.signingKey(config);
        var store = Masters.store(config);
        var parts = Parts.open(config, TenantKeys.of(store), key);
        var coordinators = new Door(
                listener(config, inherited, COORDINATORS, GROUP),
                OptionalInt.of(config.coordinatorUid()),
                false,
                CONNECTIONS);
        var documents =
                new Door(listener(config, inherited, DOCUMENTS, ANYBODY), OptionalInt.empty(), true, CONNECTIONS);
        var metrics = new MetricsFile(
                config.runtimeDirectory(),
                parts.documents(),
                parts.keys(),
                parts.releases(),
                parts.audit(),
                parts.answers());
        var servers = List.of(
                new KeydServer(coordinators, parts.answers(), KeydJournal::info),
                new KeydServer(documents, parts.answers(), KeydJournal::info));
        KeydJournal.info("mvm-keyd of fleet " + parts.documents().fleet() + ", key "
                + key.verifyKey().id().brief() + ", "
                + parts.keys().status().state().word());
        return new Daemon(parts, servers, Optional.of(metrics));
    }

    /// The socket that the service manager has passed under this name, or one that is bound here.
    private static UnixListener listener(
            KeydConfig config, List<InheritedFds.Named> inherited, String name, int permissions) throws IOException {
        for (var each : inherited) {
            if (each.name().toString().equals(name)) {
                return UnixListener.own(each.fd());
            }
        }
        if (config.hardened()) {
            throw new IOException("the service manager has handed over no socket '" + name
                    + "': hardened mode is started by mvm-keyd.socket");
        }
        try (var directory = Directory.open(config.runtimeDirectory())) {
            directory.remove(name + ".sock");
            return UnixListener.streams(directory, name + ".sock", permissions);
        }
    }

    /// Answers until a signal ends the process.
    void serve() throws ErrnoException {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            try {
                stop.signal();
            } catch (ErrnoException e) {
                KeydJournal.error("the server was not stopped: " + e.getMessage());
            }
        }));
        Thread.ofPlatform().name("upkeep").daemon().start(this::upkeep);
        Thread.ofPlatform().name("documents").daemon().start(() -> serve(servers.getLast()));
        ServiceManager.from(System.getenv()).ready();
        servers.getFirst().run(stop);
    }

    private void serve(KeydServer server) {
        try {
            server.run(stop);
        } catch (ErrnoException e) {
            throw new IllegalStateException("a socket fails: " + e.getMessage(), e);
        }
    }

    /// Writes metrics and the time, and does what a store could not do at once.
    private void upkeep() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                parts.clock().keep();
                parts.answers().applyLeft();
                if (metrics.isPresent()) {
                    metrics.get().write();
                }
            } catch (IOException e) {
                KeydJournal.error("upkeep: " + e.getMessage());
            }
            LockSupport.parkNanos(UPKEEP.toNanos());
        }
    }
}
