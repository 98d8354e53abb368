package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// What hostd does before it answers anyone: takes up VMs that still run, and finishes or undoes what a crash has
/// left half done. Afterwards no record has an intent and every record is true.
///
/// @param networks a tenant's network by the state in force
public record Recovery(
        Registry registry,
        Machines machines,
        Function<TenantId, Optional<TenantNet>> networks,
        AuditLog audit,
        Consumer<String> log) {
    /// What a receipt says of an operation of which there is nothing else to say.
    static final String DONE = "done";

    /// Records that an instance is destroyed, when nothing leads to its volume's key, nor to its snapshot's, any more.
    /// After a crash it may be recorded twice.
    static void receipt(AuditLog audit, InstanceRecord record) {
        boolean keys = record.resources().diskGib() > 0 || record.state() == InstanceState.SLEEPING;
        var done = keys ? "key_destroyed" : "destroyed";
        audit.noted("destroy_instance", record.address().toString(), done);
    }

    /// Goes through all records once.
    ///
    /// @throws IOException if the registry cannot be written
    /// @throws StepException if something of a VM could not be removed; a half-true start would be worse than none
    public void run() throws IOException, StepException {
        for (var record : registry.all()) {
            var intent = record.intent();
            if (intent.isPresent()) {
                finish(record, intent.get());
            } else if (record.state().holdsMemory()) {
                takeUp(record);
            }
        }
    }

    private void finish(InstanceRecord record, Intent intent) throws IOException, StepException {
        switch (intent) {
            case START -> {
                machines.end(record);
                registry.put(record.reached(record.state(), Optional.of(new Label("start_interrupted"))));
                log.accept(record.address() + ": an interrupted start was undone");
            }
            case STOP -> {
                machines.end(record);
                forget(machines, audit, record);
                registry.put(record.reached(InstanceState.STOPPED, Optional.empty()));
                log.accept(record.address() + ": an interrupted stop was finished");
            }
            case SLEEP -> {
                if (record.sleep().mayWake()) {
                    machines.end(record);
                    registry.put(Sleeping.asleep(record));
                    log.accept(record.address() + ": an interrupted sleep was finished");
                } else {
                    machines.forget(record.address().instance());
                    takeUp(record);
                }
            }
            case WAKE -> {
                machines.end(record);
                boolean asleep = record.sleep().mayWake();
                if (!asleep) {
                    machines.forget(record.address().instance());
                }
                registry.put(record.reached(
                        asleep ? InstanceState.SLEEPING : InstanceState.STOPPED,
                        Optional.of(new Label("wake_interrupted"))));
                log.accept(record.address() + ": an interrupted wake was undone");
            }
            case PAUSE, RESUME -> takeUp(record);
            case DESTROY -> {
                machines.end(record);
                machines.erase(record.address().instance());
                receipt(audit, record);
                registry.remove(record.address().instance());
                log.accept(record.address() + ": an interrupted destruction was finished");
            }
        }
    }

    /// What it slept in is gone once it is stopped, and recorded as gone.
    static void forget(Machines machines, AuditLog audit, InstanceRecord record) throws StepException {
        machines.forget(record.address().instance());
        var done = record.state() == InstanceState.SLEEPING ? "key_destroyed" : DONE;
        audit.noted("stop_instance", record.address().toString(), done);
    }

    private void takeUp(InstanceRecord record) throws IOException, StepException {
        var network = networks.apply(record.address().tenant());
        if (network.isEmpty()) {
            // without a state in force its rules cannot be made, and without rules it must not run
            give(record, "no_state");
            return;
        }
        var state = machines.adopt(record, network.get());
        if (state.isPresent()) {
            registry.put(record.reached(state.get(), record.reason()));
            log.accept(record.address() + " was taken up again, " + state.get());
        } else {
            give(record, "vmm_lost");
        }
    }

    private void give(InstanceRecord record, String reason) throws IOException, StepException {
        machines.end(record);
        machines.forget(record.address().instance()); // it may have been on its way out of its sleep
        registry.put(record.reached(InstanceState.STOPPED, Optional.of(new Label(reason))));
        log.accept(record.address() + " does not run any more: " + reason);
    }
}
