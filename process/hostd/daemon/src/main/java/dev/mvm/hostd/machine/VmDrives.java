package dev.mvm.hostd.machine;

import dev.mvm.hostd.artefact.ArtefactStore;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.volume.Volumes;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.GuestRuntime;
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
    /// @param root what the image is, if there is one
    record Drives(Fd kernel, Fd rootfs, Optional<Fd> image, Optional<Fd> volume, Optional<Revision.Image> root)
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
        requireGranted(instance, revision.runtime());
        var root = revision.image();
        try (var kernel = artefacts.open(revision.runtime().kernel());
                var rootfs = artefacts.open(revision.runtime().initramfs());
                // without an image one that is closed again
                var image = root.isPresent() ? artefacts.image(root.get()) : rootfs.duplicate()) {
            var volume = wanted ? Optional.of(volumes.get().open(instance, gib)) : Optional.<Fd>empty();
            held.put(id, new Drives(kernel.move(), rootfs.move(), root.map(_ -> image.move()), volume, root));
        } catch (ErrnoException e) {
            throw new StepException("artefact", e);
        }
    }

    private void requireGranted(InstanceRecord instance, GuestRuntime runtime) throws ArtefactException {
        var of = instance.address();
        if (state.get()
                .map(each -> each.grants().get(of.tenant()))
                .filter(grant -> grant.value().runtimes().contains(runtime))
                .isEmpty()) {
            throw new ArtefactException(
                    Refusal.RUNTIME_NOT_GRANTED,
                    of + ": its grant does not allow the runtime of " + instance.revision());
        }
    }

    /// The image that is attached, if there is one.
    Optional<Revision.Image> root(InstanceId instance) {
        return Optional.ofNullable(held.get(instance)).flatMap(Drives::root);
    }

    boolean attached(InstanceId instance) {
        return held.containsKey(instance);
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
