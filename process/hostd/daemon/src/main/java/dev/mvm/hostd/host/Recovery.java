package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Label;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Adopts VMs that still run, and finishes or undoes operations that a crash has interrupted, before hostd answers
/// requests. Afterwards no record has an intent and every record is true, but for instances that are stuck: a VM that
/// does not end is one tenant's, and the others are served.
public final class Recovery {
    private final RecordKeeper records;
    private final Machines machines;

    public Recovery(RecordKeeper records, Machines machines) {
        this.records = records;
        this.machines = machines;
    }

    /// Goes through all records once. A record that is stuck keeps its intent and its slot.
    ///
    /// @param next told before each record, of which any may take minutes
    /// @return the records that are stuck, for [#retry]; the registry gives `stuck` as their reason
    /// @throws IOException if the registry cannot be written
    public List<InstanceRecord> run(Runnable next) throws IOException {
        var stuck = new ArrayList<InstanceRecord>();
        for (var record : records.registry.all()) {
            next.run();
            if (!again(record)) {
                records.putFreed(record.because(new Label("stuck")));
                stuck.add(record);
            }
        }
        return stuck;
    }

    /// Tries to finish what was being done to an instance.
    ///
    /// @param record as it was before it was stuck
    /// @return whether the record is true now
    /// @throws IOException if the registry cannot be written
    private boolean again(InstanceRecord record) throws IOException {
        try {
            var intent = record.intent();
            if (intent.isPresent()) {
                finish(record, intent.get());
            } else if (record.state().holdsMemory()) {
                adopt(record);
            }
            return true;
        } catch (StepException e) {
            records.log(record, " is stuck: " + e.getMessage());
            return false;
        }
    }

    /// Tries like [#again], once hostd serves: a registry that cannot be written leaves the record stuck.
    boolean retry(InstanceRecord record) {
        try {
            return again(record);
        } catch (IOException e) {
            records.log("state directory: " + e.getMessage());
            return false;
        }
    }

    private void finish(InstanceRecord record, Intent intent) throws IOException, StepException {
        switch (intent) {
            case START -> {
                machines.lifecycle().end(record);
                records.putFreed(record.reached(record.state(), Optional.of(new Label("start_interrupted"))));
                records.log(record, ": an interrupted start was undone");
            }
            case STOP -> {
                stop(record);
                records.log(record, ": an interrupted stop was finished");
            }
            case SLEEP -> {
                if (record.sleep().mayWake()) {
                    machines.lifecycle().end(record);
                    records.putFreed(record.asleep());
                    records.log(record, ": an interrupted sleep was finished");
                } else {
                    machines.sealing().forget(record.address().instance());
                    adopt(record);
                }
            }
            case WAKE -> {
                undoWake(record, new Label("wake_interrupted"));
                records.log(record, ": an interrupted wake was undone");
            }
            case PAUSE, RESUME -> adopt(record);
            case DESTROY -> {
                destroy(record);
                records.log(record, ": an interrupted destruction was finished");
            }
        }
    }

    /// Ends a VM, and its snapshot with it.
    void stop(InstanceRecord record) throws IOException, StepException {
        machines.lifecycle().end(record);
        machines.sealing().forget(record.address().instance());
        records.stopped(record);
        records.putFreed(record.reached(InstanceState.STOPPED, Optional.empty()));
    }

    /// Ends a VM, and everything of its instance.
    void destroy(InstanceRecord record) throws IOException, StepException {
        machines.lifecycle().end(record);
        machines.lifecycle().erase(record.address().instance());
        records.destroyed(record);
        records.remove(record);
    }

    /// Leaves an instance asleep whose epoch is not consumed, and stops it otherwise.
    ///
    /// @param record as it was written last
    void undoWake(InstanceRecord record, Label why) throws IOException, StepException {
        machines.lifecycle().end(record);
        boolean asleep = record.sleep().mayWake();
        if (!asleep) {
            machines.sealing().forget(record.address().instance());
        }
        var state = asleep ? InstanceState.SLEEPING : InstanceState.STOPPED;
        records.putFreed(record.reached(state, Optional.of(why)));
    }

    private void adopt(InstanceRecord record) throws IOException, StepException {
        var network = records.trust.networkOf(record.address().tenant());
        if (network.isEmpty()) {
            // without a state in force its rules cannot be made, and without rules it must not run
            giveUp(record, "no_state");
            return;
        }
        var state = machines.lifecycle().adopt(record, network.get());
        if (state.isPresent()) {
            records.putFreed(record.reached(state.get(), record.reason()));
            records.log(record, " was adopted, " + state.get());
        } else {
            giveUp(record, "vmm_lost");
        }
    }

    private void giveUp(InstanceRecord record, String reason) throws IOException, StepException {
        machines.lifecycle().end(record);
        machines.sealing().forget(record.address().instance()); // its wake may have been interrupted
        records.putFreed(record.reached(InstanceState.STOPPED, Optional.of(new Label(reason))));
        records.log(record, " no longer runs: " + reason);
    }
}
