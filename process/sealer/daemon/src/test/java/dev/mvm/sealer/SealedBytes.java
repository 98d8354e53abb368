package dev.mvm.sealer;

import dev.mvm.linux.fd.Fd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A snapshot's three files.
@SuppressWarnings("ArrayRecordComponent") // never compared
record SealedBytes(byte[] manifest, byte[] memory, byte[] vmstate) {
    SealedBytes withManifest(byte[] other) {
        return new SealedBytes(other, memory, vmstate);
    }

    SealedBytes withMemory(byte[] other) {
        return new SealedBytes(manifest, other, vmstate);
    }

    SealedBytes withVmstate(byte[] other) {
        return new SealedBytes(manifest, memory, other);
    }

    /// The contents of these files now.
    static SealedBytes of(List<Fd> files) throws IOException {
        return new SealedBytes(read(files.get(0)), read(files.get(1)), read(files.get(2)));
    }

    private static byte[] read(Fd file) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(file.status().size());
            for (long done = 0; done < bytes.byteSize(); ) {
                done += file.read(done, bytes.asSlice(done));
            }
            return bytes.toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
