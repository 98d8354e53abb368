package dev.mvm.hostd.host;

import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// Puts instances to sleep and wakes them. Whoever calls holds the instance's lock, and the table of operations
/// has said yes.
///
/// @param decisions held while a decision that depends on all instances is made and written down
record Sleeping(
        TrustStore trust,
        Registry registry,
        Networks networks,
        Machines machines,
        AuditLog audit,
        Consumer<String> log,
        Object decisions) {
    /// The record says that it sleeps when its snapshot is whole and on disk, and not a moment earlier.
    HostReply sleep(InstanceRecord record, boolean force) throws IOException, StepException, InterruptedException {
        var id = record.address().instance();
        long began = System.nanoTime();
        var refusal = machines.sleeps(id) ? entailment().sleep(record) : Optional.of(Refusal.CANNOT_SLEEP);
        if (refusal.isEmpty() && !force) {
            refusal = consents(record);
        }
        if (refusal.isPresent()) {
            return refusal.get().reply();
        }
        var intended = record.with(record.sleep().next()).with(Intent.SLEEP);
        registry.put(intended);
        var state = record.state();
        try {
            machines.pause(id);
            state = InstanceState.WARM;
            long bytes = machines.seal(intended);
            var sealed = intended.sleep()
                    .sealed(bytes, millisSince(began), trust.now().getEpochSecond());
            registry.put(intended.with(sealed));
            machines.end(intended);
            registry.put(asleep(intended.with(sealed)));
            audit.noted("sleep_instance", record.address().toString(), force ? "forced" : "sealed");
            log.accept(record.address() + " sleeps");
            return new HostReply.Done();
        } catch (StepException e) {
            if (!registry.find(id).orElseThrow().sleep().mayWake()) {
                machines.forget(id);
                registry.put(intended.reached(state, Optional.of(e.label())));
            }
            throw e;
        }
    }

    static InstanceRecord asleep(InstanceRecord sealed) {
        return sealed.reached(InstanceState.WARM, Optional.empty()).reached(InstanceState.SLEEPING, Optional.empty());
    }

    /// What there is against it when the guest is asked. One that is paused runs meanwhile, and counts as running.
    private Optional<Refusal> consents(InstanceRecord record) throws IOException, StepException, InterruptedException {
        var id = record.address().instance();
        boolean warm = record.state() == InstanceState.WARM;
        if (warm) {
            synchronized (decisions) {
                var refusal = entailment().resume(record);
                if (refusal.isPresent()) {
                    return refusal;
                }
                registry.put(record.with(Intent.RESUME));
            }
        }
        boolean ready = false;
        try {
            if (warm) {
                machines.resume(id);
            }
            ready = machines.prepareSleep(id);
            return ready ? Optional.empty() : Optional.of(Refusal.GUEST_REFUSED);
        } finally {
            if (warm && !ready) {
                pauseAgain(record);
            }
        }
    }

    private void pauseAgain(InstanceRecord record) throws IOException, StepException {
        try {
            machines.pause(record.address().instance());
        } finally {
            registry.put(record);
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    /// The epoch is over before anything of the snapshot is used: whatever happens then, it is not opened again.
    HostReply wake(InstanceRecord record) throws IOException, StepException, InterruptedException {
        long began = System.nanoTime();
        TenantNet network;
        InstanceRecord intended;
        synchronized (decisions) {
            var refusal = entailment().wake(record);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            network = trust.networkOf(record.address().tenant()).orElseThrow();
            if (!networks.up().contains(network.net())) {
                return Refusal.NO_NETWORK.reply();
            }
            intended = record.with(Intent.WAKE);
            registry.put(intended);
        }
        var known = new AtomicReference<>(intended);
        try {
            machines.attach(record, record.resources().diskGib());
            machines.wake(intended, network, identity -> keep(known, known.get().with(identity)), () -> {
                keep(known, known.get().with(intended.sleep().next()));
            });
            var woken = known.get().with(known.get().sleep().woken(millisSince(began)));
            registry.put(woken.reached(InstanceState.RUNNING, Optional.empty()));
            audit.noted("wake_instance", record.address().toString(), "opened");
            log.accept(record.address() + " is awake");
            return new HostReply.Done();
        } catch (ArtefactException e) {
            registry.put(record);
            log.accept(record.address() + ": " + e.getMessage());
            return e.refusal().reply();
        } catch (StepException e) {
            machines.end(known.get());
            if (known.get().sleep().mayWake()) {
                registry.put(record.reached(InstanceState.SLEEPING, Optional.of(e.label())));
            } else {
                machines.forget(record.address().instance());
                registry.put(known.get().reached(InstanceState.STOPPED, Optional.of(e.label())));
            }
            throw e;
        }
    }

    /// Writes a record that grows while something is done.
    ///
    /// @param known holds it afterwards
    void keep(AtomicReference<InstanceRecord> known, InstanceRecord record) throws StepException {
        try {
            registry.put(record);
            known.set(record);
        } catch (IOException e) {
            throw new StepException("state_directory", e);
        }
    }

    private Entailment entailment() {
        return new Entailment(trust.installed(), registry.all(), trust.now());
    }
}
