package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.engine.SnapshotMount;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.host.VmLaunch;
import dev.mvm.hostd.machine.Descriptors.Kind;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.VmIdentity;
import dev.mvm.hostd.snapshot.Opening;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.launch.LaunchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Launches VMs with the drives that are attached.
@SuppressWarnings("MustBeClosedChecker") // Launch.close and Vm.close end what is opened here
final class VmLauncher {
    /// Limit for a guest to connect again after a wake, and to confirm that it has reseeded.
    private static final Duration RESEED = Duration.ofSeconds(60);

    private final VmHost host;
    private final VmTable vms;
    private final VmDrives drives;
    private final VmSnapshots snapshots;

    VmLauncher(VmHost host, VmTable vms, VmDrives drives, VmSnapshots snapshots) {
        this.host = host;
        this.vms = vms;
        this.drives = drives;
        this.snapshots = snapshots;
    }

    VmLaunch launch(InstanceRecord instance, TenantNet network, boolean resumes) {
        var id = instance.address().instance();
        boolean strict = host.flags().apply(instance).contains(PoolFlag.STRICT);
        var rates = host.rates().apply(instance);
        return new Launch(
                instance,
                new Boot(id, instance.slot(), network, instance.resources(), drives.root(id), rates, strict, resumes));
    }

    /// Steps of one launch.
    private final class Launch implements VmLaunch {
        private final InstanceRecord instance;
        private final Boot boot;
        private final LaunchRequest request;
        private final SnapshotMount snap;
        private final List<Runnable> closing = new ArrayList<>();
        private Optional<Launcher.Launched> launched = Optional.empty();
        private Optional<Opening> opening = Optional.empty();
        private int filters;
        private Optional<PacketSocket> rest = Optional.empty();
        private boolean open;

        Launch(InstanceRecord instance, Boot boot) {
            this.instance = instance;
            this.boot = boot;
            this.request = host.engine().request(boot);
            this.snap = host.services().descriptors.snap(boot.id());
        }

        private Vm vm() throws StepException {
            return vms.require(boot.id());
        }

        @Override
        public VmIdentity launchPaused() throws StepException {
            if (boot.strict() && !host.engine().strict()) {
                throw new StepException("no_filter", "its pool is strict, and no filter is installed for this VMM");
            }
            var held = drives.take(boot.id());
            closing.add(held::close);
            try {
                var process = host.services().launcher.launch(request, descriptors(held));
                launched = Optional.of(process);
                closing.add(process::close);
                vms.add(boot.id(), boot.network(), process.pidfd(), process.cgroup(), Directory.of(process.io()), snap);
                try (var tun = process.tun()) { // a tap has one queue: open here, no VMM can attach
                    host.networks().prepare(boot.slot(), host.user(boot.slot()), tun);
                }
                return host.services().processes.identify(process.pidfd(), process.cgroup());
            } catch (ErrnoException e) {
                throw new StepException("launch", e);
            }
        }

        private List<Fd> descriptors(VmDrives.Drives held) throws ErrnoException {
            var out = new ArrayList<Fd>();
            for (var wanted : request.descriptors()) {
                out.add(
                        switch (wanted) {
                            case KERNEL -> held.kernel();
                            case ROOTFS -> held.rootfs();
                            case IMAGE -> held.image().orElseThrow();
                            case DRIVE -> held.volume().orElseThrow();
                            case SNAP -> snap.open();
                        });
            }
            return out;
        }

        @Override
        public void proveJail() throws StepException {
            try {
                var vm = vm();
                host.services().descriptors.keep(Kind.IO, boot.id(), vm.io().fd());
                snap.keep();
                filters = ThreadStatus.of(Integer.toString(vm.process().pid())).stream()
                        .mapToInt(ThreadStatus::filters)
                        .max()
                        .orElseThrow(() -> new StepException("launch", "the launcher has exited"));
                launched.orElseThrow().go();
                host.engine().prepare(vm, boot, vm.process());
                requireJail(vm, filters);
            } catch (ErrnoException e) {
                throw new StepException("launch", e);
            }
        }

        private void requireJail(Vm vm, int filters) throws StepException {
            int user = host.user(boot.slot());
            JailProof.require(vm.process(), vm.cgroup(), user, boot.network().bridge(), filters);
        }

        @Override
        public void verifyManifest() throws StepException {
            opening = Optional.of(snapshots.opening(instance, vm()));
            opening.get().verify();
            vm().requireAlive(); // otherwise the epoch would be consumed for nothing
        }

        @Override
        public void loadState() throws StepException {
            rest = opening.orElseThrow().load();
        }

        @Override
        public void followRestore() throws StepException {
            if (rest.isPresent()) {
                snapshots.follow(instance, vm(), rest.get());
            }
            closeOpening();
        }

        private void closeOpening() throws StepException {
            if (opening.isPresent()) {
                var ended = opening.get();
                opening = Optional.empty();
                ended.close();
            }
        }

        @Override
        public void resume() throws StepException {
            try {
                host.engine().run(vm(), boot);
                requireJail(vm(), filters + 1); // threads that run guests are new, and filtered once more
                vms.start(boot.id(), vm());
            } catch (ErrnoException e) {
                throw new StepException("launch", e);
            }
        }

        @Override
        public void reseed() throws StepException, InterruptedException {
            if (!vm().guest().await(GuestCall.REKEY, RESEED)) {
                throw new StepException("guest_not_rekeyed", "guest did not confirm reseeding its random generator");
            }
        }

        @Override
        public void openNetwork() throws StepException {
            var route = launched.orElseThrow().route();
            host.networks().fetch(boot.network(), boot.slot(), host.user(boot.slot()), route);
            open = true;
        }

        @Override
        public void close() throws StepException {
            try {
                closeOpening();
            } finally {
                closing.reversed().forEach(Runnable::run);
                if (!open) {
                    abandon();
                }
            }
        }

        private void abandon() throws StepException {
            try {
                snap.close();
                vms.end(boot.id(), boot.slot());
            } finally {
                drives.drop(boot.id());
                drives.closeVolume(boot.id());
            }
        }
    }
}
