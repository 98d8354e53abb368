package dev.mvm.hostd.key;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.notify.FdName;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The period whose blob hostd holds, kept for the next hostd of this boot: the sealing key as a descriptor of secret
/// memory at the service manager, under a name that says when it ends; the blob as a file. When the machine ends, so
/// does the key.
///
/// Not thread-safe.
public final class KeptPeriod {
    /// The name is `sealing.PERIOD.END.STATEMENT`: a number, uptime in seconds, 64 hexadecimal digits.
    private static final String PREFIX = "sealing.";

    private static final String BLOB = "blob";

    private final ServiceManager manager;
    private final StateFiles files;
    private final Consumer<String> log;
    private final List<InheritedFds.Named> inherited;
    private final List<FdName> names = new ArrayList<>();

    /// @param key of the caller
    record Period(int number, long end, Digest statement, SecretMemory key, Bytes blob) {}

    /// @param inherited what an earlier hostd had kept: what is not of a period is left alone
    /// @param files for nothing else
    public KeptPeriod(
            ServiceManager manager, List<InheritedFds.Named> inherited, StateFiles files, Consumer<String> log) {
        this.manager = manager;
        this.inherited = inherited.stream().filter(KeptPeriod::isPeriod).toList();
        this.files = files;
        this.log = log;
        this.inherited.forEach(named -> names.add(named.name()));
    }

    /// Returns whether a kept descriptor is a period's, and not a VM's.
    public static boolean isPeriod(InheritedFds.Named named) {
        return named.name().value().startsWith(PREFIX);
    }

    /// Takes what an earlier hostd has kept. Of two, which a crash may leave, none counts.
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    Optional<Period> take() {
        try {
            var blob = files.all().get(BLOB);
            if (inherited.size() == 1 && blob != null) {
                var parts = inherited.getFirst().name().value().split("\\.", -1);
                var statement = new Digest("sha256:" + parts[3]);
                int number = Integer.parseInt(parts[1]);
                long end = Long.parseLong(parts[2]);
                var key = SecretMemory.of(inherited.getFirst().fd(), Hpke.KEY_SIZE);
                return Optional.of(new Period(number, end, statement, key, Bytes.of(blob)));
            }
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            log.accept("a kept sealing key is of no use: " + e.getMessage());
        }
        forget();
        return Optional.empty();
    }

    /// Keeps a period in place of the one before. What does not come about costs another challenge, once hostd ends.
    void keep(Period period) {
        try {
            files.put(BLOB, period.blob().array());
            forget();
            var name = new FdName(PREFIX + period.number() + "." + period.end() + "."
                    + period.statement().hex());
            manager.keep(name, period.key().descriptor());
            names.add(name);
        } catch (IOException e) {
            log.accept("the sealing key ends with this hostd: " + e.getMessage());
        }
    }

    /// Has the service manager let go of the key, which the caller wipes.
    void forget() {
        inherited.forEach(InheritedFds.Named::close);
        try {
            for (var name : names) {
                manager.forget(name);
            }
            names.clear();
        } catch (ErrnoException e) {
            log.accept("the service manager keeps a sealing key: " + e.getMessage());
        }
    }
}
