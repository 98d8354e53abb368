package dev.mvm.linux.call;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// A file covered by another in this JVM's own mount namespace, until closed; mount(2), MS_BIND.
public final class Covered implements AutoCloseable {
    private static final int MOUNT = 165;
    private static final int MS_BIND = 4096;
    private static final int MNT_DETACH = 2;

    private final Path covered;

    private Covered(Path covered) {
        this.covered = covered;
    }

    public static Covered by(Path cover, Path covered) throws IOException {
        try (var arena = Arena.ofConfined()) {
            long from = CString.of(arena, cover.toString()).address();
            long to = CString.of(arena, covered.toString()).address();
            long result = RawCall.of(MOUNT, from, to, 0, MS_BIND, 0);
            if (result != 0) {
                throw new IOException("mount: " + result);
            }
        }
        return new Covered(covered);
    }

    @Override
    public void close() {
        try (var arena = Arena.ofConfined()) {
            long result = RawCall.of(
                    RawCall.UMOUNT2, CString.of(arena, covered.toString()).address(), MNT_DETACH, 0, 0, 0);
            if (result != 0) {
                throw new AssertionError("umount2: " + result);
            }
        }
    }
}
