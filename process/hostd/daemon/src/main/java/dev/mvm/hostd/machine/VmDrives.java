package dev.mvm.hostd.machine;

import dev.mvm.hostd.artefact.ArtefactStore;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.volume.Volumes;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.InstanceId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Artefacts that were checked and volumes that are open, held for the next start of their instances.
@SuppressWarnings("MustBeClosedChecker") // Drives.close ends them
public final class VmDrives {
    /// Drives of one VM.
    record Drives(Fd kernel, Fd rootfs, Optional<Fd> volume) implements AutoCloseable {
        @Override
        public void close() {
            kernel.close();
            rootfs.close();
            volume.ifPresent(Fd::close);
        }
    }

    private final ArtefactStore artefacts;
    private final Optional<Volumes> volumes;
    private final Map<InstanceId, Drives> held = new ConcurrentHashMap<>();

    /// @param volumes empty where instances have no volumes
    public VmDrives(ArtefactStore artefacts, Optional<Volumes> volumes) {
        this.artefacts = artefacts;
        this.volumes = volumes;
    }

    /// Opens an instance's drives in place of those that are held.
    ///
    /// @param gib size of the existing volume
    void attach(InstanceRecord instance, int gib) throws ArtefactException, StepException {
        var id = instance.address().instance();
        drop(id);
        boolean wanted = volumes.isPresent() && instance.resources().diskGib() > 0;
        try (var kernel = artefacts.open(instance.revision().kernel());
                var rootfs = artefacts.open(instance.revision().rootfs())) {
            var volume = wanted ? Optional.of(volumes.get().open(instance, gib)) : Optional.<Fd>empty();
            held.put(id, new Drives(kernel.move(), rootfs.move(), volume));
        }
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
