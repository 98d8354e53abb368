package dev.mvm.hostd.host;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.hostd.files.Reserve;
import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/// Decides by the state in force and the records of all instances, writes records, and notes receipts of finished
/// operations in the audit log. Its monitor is held while a decision that depends on all instances is made and written
/// down: two starts must not both see the last free place.
public final class RecordKeeper {
    /// A method of [Entailment] that decides on one operation.
    @FunctionalInterface
    interface Rule extends BiFunction<Entailment, InstanceRecord, Optional<Refusal>> {}

    /// Decision on a launch.
    sealed interface Launch {
        record Refused(Refusal reason) implements Launch {}

        /// The launch may begin.
        ///
        /// @param intended the record as it was written
        /// @param network the tenant's
        record Permitted(InstanceRecord intended, TenantNet network) implements Launch {}
    }

    private static final String DONE = "done";
    private static final String KEY_DESTROYED = "key_destroyed";

    final TrustStore trust;
    final Registry registry;
    final AuditLog audit;
    private final Reserve reserve;
    private final Consumer<String> log;

    /// Those whose snapshot or volume may lie under an older key than the one in force; nothing is decided by it.
    final Set<InstanceId> behind = ConcurrentHashMap.newKeySet();

    /// Records as they will be once their drives are attached, while that is under way and takes more of the disk.
    @GuardedBy("this")
    private final Map<InstanceId, InstanceRecord> growing = new HashMap<>();

    /// @param reserve on the registry's disk
    public RecordKeeper(TrustStore trust, Registry registry, AuditLog audit, Reserve reserve, Consumer<String> log) {
        this.trust = trust;
        this.registry = registry;
        this.audit = audit;
        this.reserve = reserve;
        this.log = log;
    }

    InstalledState state() {
        return trust.installed().orElseThrow();
    }

    synchronized Entailment entailment() {
        var larger = Map.copyOf(growing);
        var instances = registry.all().stream()
                .map(record -> larger.getOrDefault(record.address().instance(), record))
                .toList();
        return new Entailment(trust.installed(), instances, trust.now());
    }

    /// Counts an instance whose volume grows as `larger`, until [#grown].
    synchronized void grow(InstanceRecord record, InstanceRecord larger) {
        if (larger.resources().diskGib() > record.resources().diskGib()) {
            growing.put(record.address().instance(), larger);
        }
    }

    /// The attach has ended: its record counts as it is.
    synchronized void grown(InstanceRecord record) {
        growing.remove(record.address().instance());
    }

    /// Writes the intent down if `rule` does not refuse.
    synchronized Optional<Refusal> intend(InstanceRecord record, Intent intent, Rule rule) throws IOException {
        var refusal = rule.apply(entailment(), record);
        if (refusal.isEmpty()) {
            registry.put(record.begun(intent));
        }
        return refusal;
    }

    /// Writes the intent to launch a VM down if `rule` does not refuse and the tenant's network is one of `up`.
    synchronized Launch launch(InstanceRecord record, Intent intent, Rule rule, Set<NetId> up) throws IOException {
        var refusal = rule.apply(entailment(), record);
        if (refusal.isPresent()) {
            return new Launch.Refused(refusal.get());
        }
        var network = trust.networkOf(record.address().tenant()).orElseThrow();
        if (!up.contains(network.net())) {
            return new Launch.Refused(Refusal.NO_NETWORK);
        }
        return new Launch.Permitted(put(record.begun(intent)), network);
    }

    /// Writes down that something is taken away, which goes on if that fails: on a full disk it is what makes room.
    void intendToFree(InstanceRecord record, Intent intent) {
        try {
            putFreed(record.begun(intent));
        } catch (IOException e) {
            log(record, ": " + intent.word() + " goes on unrecorded: " + e.getMessage());
        }
    }

    /// Writes the record of an instance that has less than before, or is about to: with the reserve, if the
    /// disk is full.
    void putFreed(InstanceRecord record) throws IOException {
        reserve.spend(() -> registry.put(record));
    }

    /// Removes the record of an instance that has nothing left, in the same way.
    void remove(InstanceRecord record) throws IOException {
        reserve.spend(() -> registry.remove(record.address().instance()));
    }

    /// Writes a record.
    ///
    /// @return `record`
    @CanIgnoreReturnValue
    InstanceRecord put(InstanceRecord record) throws IOException {
        registry.put(record);
        return record;
    }

    /// Writes a record in the middle of an operation, whose step fails if that fails.
    ///
    /// @return `record`
    /// @throws StepException `state_directory`
    InstanceRecord keep(InstanceRecord record) throws StepException {
        try {
            return put(record);
        } catch (IOException e) {
            throw new StepException("state_directory", e);
        }
    }

    /// The subject of an operation in the audit: of a known instance its address.
    String subject(HostOperation operation) {
        return switch (operation) {
            case HostOperation.Install o -> Digest.of(o.envelope().array()).value();
            case HostOperation.SetupNetwork o -> "net " + o.net();
            case HostOperation.CreateInstance o -> o.address().toString();
            case HostOperation.OnInstance o ->
                registry.find(o.instance())
                        .map(record -> record.address().toString())
                        .orElse(o.instance().value());
            case HostOperation.VerifyNetworks _, HostOperation.Observe _ -> "";
        };
    }

    /// Notes that `operation` was done to an instance.
    void done(String operation, InstanceRecord record) {
        noted(operation, record, DONE);
    }

    void noted(String operation, InstanceRecord record, String outcome) {
        audit.noted(operation, record.address().toString(), outcome, record.plan());
    }

    /// Notes that an instance is stopped, and that the key of its snapshot is destroyed if it was asleep.
    void stopped(InstanceRecord record) {
        noted("stop_instance", record, record.state() == InstanceState.SLEEPING ? KEY_DESTROYED : DONE);
    }

    /// Notes that an instance is destroyed, once the keys of its volume and its snapshot are gone. After a
    /// crash it may be noted twice.
    void destroyed(InstanceRecord record) {
        boolean keys = record.resources().diskGib() > 0 || record.state() == InstanceState.SLEEPING;
        noted("destroy_instance", record, keys ? KEY_DESTROYED : "destroyed");
    }

    /// Writes one line about an instance to hostd's own log.
    void log(InstanceRecord record, String text) {
        log.accept(record.address() + text);
    }

    void log(String line) {
        log.accept(line);
    }
}
