package dev.mvm.hostd.machine;

import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;

/// A VM that runs: its process and cgroup, the directory it shares with hostd, its guest's line.
record Vm(Pidfd process, String cgroup, Directory io, GuestLine line) implements AutoCloseable {
    @Override
    public void close() {
        line.close();
        io.close();
        process.close();
    }
}
