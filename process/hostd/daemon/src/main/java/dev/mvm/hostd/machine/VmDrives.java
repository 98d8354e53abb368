package dev.mvm.hostd.machine;

import dev.mvm.hostd.artefact.ArtefactStore;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.volume.Volumes;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.Revision;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Artefacts that were checked and volumes that are open, held for the next start of their instances.
@SuppressWarnings("MustBeClosedChecker") // Drives.close ends them
public final class VmDrives {
    /// Drives of one VM.
    ///
    /// @param revision what they are of
    record Drives(Fd kernel, Fd rootfs, Optional<Fd> image, Optional<Fd> volume, Revision revision)
            implements AutoCloseable {
        @Override
        public void close() {
            kernel.close();
            rootfs.close();
            image.ifPresent(Fd::close);
            volume.ifPresent(Fd::close);
        }
    }

    private final ArtefactStore artefacts;
    private final Optional<Volumes> volumes;
    private final Supplier<Optional<InstalledState>> state;
    private final Map<InstanceId, Drives> held = new ConcurrentHashMap<>();

    /// @param volumes empty where instances have no volumes
    /// @param state the one in force
    public VmDrives(ArtefactStore artefacts, Optional<Volumes> volumes, Supplier<Optional<InstalledState>> state) {
        this.artefacts = artefacts;
        this.volumes = volumes;
        this.state = state;
    }

    /// Opens an instance's drives in place of those that are held.
    ///
    /// @param gib size of the existing volume
    void attach(InstanceRecord instance, int gib) throws ArtefactException, StepException {
        var id = instance.address().instance();
        drop(id);
        boolean wanted = volumes.isPresent() && instance.resources().diskGib() > 0;
        var revision = artefacts.revision(instance.revision());
        if (!granted(instance, revision)) {
            throw new ArtefactException(
                    Refusal.RUNTIME_NOT_GRANTED,
                    instance.address() + ": its grant does not allow the runtime of " + instance.revision());
        }
        var root = revision.image();
        try (var kernel = artefacts.open(revision.runtime().kernel());
                var rootfs = artefacts.open(revision.runtime().initramfs());
                // without an image one that is closed again
                var image = root.isPresent() ? artefacts.image(root.get()) : rootfs.duplicate()) {
            var volume = wanted ? Optional.of(volumes.get().open(instance, gib)) : Optional.<Fd>empty();
            held.put(id, new Drives(kernel.move(), rootfs.move(), root.map(_ -> image.move()), volume, revision));
        } catch (ErrnoException e) {
            throw new StepException("artefact", e);
        }
    }

    private boolean granted(InstanceRecord instance, Revision revision) {
        return state.get()
                .map(each -> each.grants().get(instance.address().tenant()))
                .filter(grant -> grant.value().runtimes().contains(revision.runtime()))
                .isPresent();
    }

    /// The image that is attached, if there is one.
    Optional<Revision.Image> root(InstanceId instance) {
        return Optional.ofNullable(held.get(instance)).flatMap(drives -> drives.revision.image());
    }

    /// Returns whether drives are held, and the grant in force still allows their runtime.
    boolean attached(InstanceRecord instance) {
        var drives = held.get(instance.address().instance());
        return drives != null && granted(instance, drives.revision);
    }

    /// Takes the drives that are held; the caller owns them.
    Drives take(InstanceId instance) throws StepException {
        var drives = held.remove(instance);
        if (drives == null) {
            throw new StepException("attach", "the drives are not attached");
        }
        return drives;
    }

    /// Closes the drives that are held. No-op if absent.
    void drop(InstanceId instance) {
        var drives = held.remove(instance);
        if (drives != null) {
            drives.close();
        }
    }

    /// Closes the mapping of an instance's volume. No-op if absent.
    void closeVolume(InstanceId instance) throws StepException {
        if (volumes.isPresent()) {
            volumes.get().close(instance);
        }
    }

    /// Closes the mappings of all volumes but those of `instances`.
    void closeOthers(Set<InstanceId> instances) {
        volumes.ifPresent(all -> all.closeOthers(instances));
    }

    void erase(InstanceId instance) throws StepException {
        if (volumes.isPresent()) {
            volumes.get().erase(instance);
        }
    }

    boolean rekey(InstanceRecord instance) throws StepException {
        return volumes.isEmpty() || volumes.get().rekey(instance);
    }
}
