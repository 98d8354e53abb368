package dev.mvm.sealer;

import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import dev.mvm.protocol.snapshot.Snapshot;
import java.io.IOException;

/// Makes a second manifest of a snapshot, under a tenant's key that is about to be in force.
record RewrapJob(Cobblestone cobblestone, SealerRequest request, RequestDescriptors.Manifests given) {
    /// Does the job and gives the answer.
    String run() throws IOException {
        int size = InstanceKeys.SIZE;
        try (var both = SecretMemory.allocate(2 * size);
                var old = SecretMemory.allocate(size);
                var fresh = SecretMemory.allocate(size)) {
            HandedKeys.read(given.key(), both.bytes());
            old.bytes().copyFrom(both.bytes().asSlice(0, size));
            fresh.bytes().copyFrom(both.bytes().asSlice(size));
            var next = request.next().orElseThrow();
            var manifest = rewrapped(
                    new InstanceKeys(request.key(), request.keyVersion(), old),
                    new InstanceKeys(next.name(), next.version(), fresh));
            var file = new SealedFile("manifest", given.fresh());
            file.write(manifest);
            file.sync();
            return "sealed memory_bytes=0 vmstate_bytes=0 plain_bytes=0 manifest_bytes=" + manifest.length;
        }
    }

    private byte[] rewrapped(InstanceKeys old, InstanceKeys fresh) throws IOException {
        var manifest = new SealedFile("manifest", given.old()).read(OpenJob.MORE_THAN_A_MANIFEST);
        try (var snapshot = Snapshot.open(cobblestone, manifest, request.place(), old)) {
            return snapshot.rewrap(fresh);
        }
    }
}
