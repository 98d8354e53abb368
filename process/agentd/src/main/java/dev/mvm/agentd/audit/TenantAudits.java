package dev.mvm.agentd.audit;

import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.Fact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// The audits of all tenants of this node, a directory each. An audit that cannot be written stops no operation, as
/// instances must be stopped and destroyed on a full disk, too; it is counted and logged. Thread-safe.
public final class TenantAudits {
    private final Path directory;
    private final NodeId node;
    private final CheckpointSigner signer;
    private final Retention retention;
    private final InstantSource clock;
    private final Consumer<String> complaint;
    private final ConcurrentMap<TenantId, TenantAudit> open = new ConcurrentHashMap<>();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong unwritten = new AtomicLong();

    /// @param directory created with the first record
    /// @param complaint takes one line when records cannot be written
    public TenantAudits(
            Path directory,
            NodeId node,
            CheckpointSigner signer,
            Retention retention,
            InstantSource clock,
            Consumer<String> complaint) {
        this.directory = directory;
        this.node = node;
        this.signer = signer;
        this.retention = retention;
        this.clock = clock;
        this.complaint = complaint;
    }

    /// Appends facts to a tenant's audit, one after another; when this returns, they are on disk.
    public void record(TenantId tenant, List<Fact> facts) {
        try {
            audit(tenant).record(facts, clock.instant());
            written.addAndGet(facts.size());
        } catch (IOException e) {
            failed(tenant, facts.size(), e);
        }
    }

    private TenantAudit audit(TenantId tenant) throws IOException {
        var known = open.get(tenant);
        if (known != null) {
            return known;
        }
        synchronized (open) {
            var raced = open.get(tenant);
            if (raced != null) {
                return raced;
            }
            var made = new TenantAudit(directory.resolve(tenant.value()), node, tenant, signer, clock.instant());
            open.put(tenant, made);
            return made;
        }
    }

    private void failed(TenantId tenant, int records, IOException e) {
        unwritten.addAndGet(records);
        complaint.accept("the audit of " + tenant + " cannot be written: " + e.getMessage());
    }

    /// Tenants that have an audit here.
    ///
    /// @throws IOException if they cannot be listed
    public SortedSet<TenantId> tenants() throws IOException {
        var out = new TreeSet<TenantId>();
        if (Files.isDirectory(directory)) {
            try (var entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
                for (var entry : entries) {
                    tenant(entry.getFileName().toString()).ifPresent(out::add);
                }
            }
        }
        return out;
    }

    private static Optional<TenantId> tenant(String name) {
        try {
            return Optional.of(new TenantId(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // not a directory of the agent's
        }
    }

    /// A part of a tenant's audit: from line `from` on, or from the oldest that is kept.
    ///
    /// @param since if present, begin with the last checkpoint before that moment instead, so that the part is
    ///     signed from its start
    /// @param most most bytes; one line is read even if it is longer
    public AuditPage read(TenantId tenant, long from, Optional<Instant> since, int most) throws IOException {
        return Files.isDirectory(directory.resolve(tenant.value()))
                ? audit(tenant).read(from, since, most)
                : AuditPage.NONE;
    }

    /// Signs and shortens the audits where that is due. To be called every few minutes.
    ///
    /// @param present the tenants of the state in force; an audit of another tenant is removed when all of it is
    ///     too old
    /// @param expired takes the tenant and the head of an audit that was removed as a whole
    public void tend(Set<TenantId> present, Consumer<String> expired) {
        try {
            for (var tenant : tenants()) {
                tend(tenant, present.contains(tenant), expired);
            }
        } catch (IOException e) {
            complaint.accept("the audits cannot be maintained: " + e.getMessage());
        }
    }

    private void tend(TenantId tenant, boolean present, Consumer<String> expired) {
        var now = clock.instant();
        try {
            var audit = audit(tenant);
            var last = audit.last();
            if (!present && last.isPresent() && last.get().isBefore(now.minus(retention.age()))) {
                expired.accept(tenant + " " + audit.head().hash());
                audit.remove();
                open.remove(tenant);
                Files.delete(directory.resolve(tenant.value()));
            } else {
                audit.tend(now);
                audit.retire(retention, now);
            }
        } catch (IOException e) {
            complaint.accept("the audit of " + tenant + " cannot be maintained: " + e.getMessage());
        }
    }

    /// Signs all unsigned records, as the agent ends.
    public void close() {
        open.forEach((tenant, audit) -> {
            try {
                audit.close(clock.instant());
            } catch (IOException e) {
                failed(tenant, 0, e);
            }
        });
    }

    /// Number of records that were written since the agent started.
    public long written() {
        return written.get();
    }

    /// Number of records that could not be written since the agent started.
    public long unwritten() {
        return unwritten.get();
    }
}
