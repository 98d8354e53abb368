package dev.mvm.hostd.registry;

import dev.mvm.model.InstanceState;
import java.util.Optional;

/// Records of instances with a process, as launches of hostd leave them.
public final class Launched {
    public static final VmIdentity PROCESS = new VmIdentity(4711, 12345, "boot", "/mvm.slice/vm");

    private Launched() {}

    /// The record of an instance that ran from `seconds` on.
    public static InstanceRecord booted(InstanceRecord record, long seconds) {
        return record.begun(Intent.START).launched(PROCESS).booted(seconds);
    }

    /// The record of an instance that was asleep.
    public static InstanceRecord woken(InstanceRecord record) {
        return record.begun(Intent.WAKE)
                .launched(PROCESS)
                .withSleep(record.sleep().next())
                .reached(InstanceState.RUNNING, Optional.empty());
    }
}
