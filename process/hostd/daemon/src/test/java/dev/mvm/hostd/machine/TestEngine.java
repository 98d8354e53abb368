package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.engine.Vmm;
import dev.mvm.hostd.firecracker.FirecrackerEngine;
import dev.mvm.hostd.host.Hypervisor;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.launch.LaunchRequest;

/// Firecracker's engine for VMMs that run as the test's own user, and whose guest port can be refused.
@SuppressWarnings("MustBeClosedChecker") // the caller owns what is opened
final class TestEngine implements Engine {
    private final FirecrackerEngine firecracker = new FirecrackerEngine(FirecrackerVersion.parse("1.16.1"), false);
    boolean guestPortFails;

    @Override
    public int user(int uid) {
        return 0;
    }

    @Override
    public Hypervisor hypervisor() {
        return firecracker.hypervisor();
    }

    @Override
    public boolean strict() {
        return firecracker.strict();
    }

    @Override
    public boolean mounts() {
        return firecracker.mounts();
    }

    @Override
    public LaunchRequest request(Boot boot) {
        return firecracker.request(boot);
    }

    @Override
    public GuestPort guestPort(Directory io) throws StepException {
        if (guestPortFails) {
            throw new StepException("guest_port", "told to fail");
        }
        return firecracker.guestPort(io);
    }

    @Override
    public void prepare(Vmm vmm, Boot boot, Pidfd process) throws StepException {
        firecracker.prepare(vmm, boot, process);
    }

    @Override
    public void run(Vmm vmm, Boot boot) throws StepException {
        firecracker.run(vmm, boot);
    }

    @Override
    public void pause(Vmm vmm) throws StepException {
        firecracker.pause(vmm);
    }

    @Override
    public void resume(Vmm vmm) throws StepException {
        firecracker.resume(vmm);
    }

    @Override
    public boolean paused(Vmm vmm) throws StepException {
        return firecracker.paused(vmm);
    }

    @Override
    public StateTransfer out(Vmm vmm) throws StepException {
        return firecracker.out(vmm);
    }

    @Override
    public StateTransfer in(Vmm vmm) throws StepException {
        return firecracker.in(vmm);
    }

    @Override
    public SessionTransport transport() {
        return firecracker.transport();
    }
}
