package dev.mvm.sealer;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.sealer.JobRefusedException.Code;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// The keys of an instance out of a pipe: from the kernel into secret memory, and nowhere else.
final class PipedKeys {
    private PipedKeys() {}

    /// Reads the keys, which have to be all that there is, and closes the pipe.
    ///
    /// @param into secret memory, as long as they are
    /// @throws RefusedException `key_short`, `key_long`
    static void read(Fd pipe, MemorySegment into) throws IOException {
        try (pipe;
                var more = SecretMemory.allocate(1)) {
            long size = fill(pipe, into);
            if (size < into.byteSize()) {
                throw new JobRefusedException(Code.KEY_SHORT, size + " bytes instead of " + into.byteSize());
            }
            if (fill(pipe, more.bytes()) > 0) {
                throw new JobRefusedException(Code.KEY_LONG, "more than " + into.byteSize() + " bytes");
            }
        }
    }

    private static long fill(Fd pipe, MemorySegment into) throws IOException {
        long done = 0;
        while (done < into.byteSize()) {
            int more = pipe.read(into.asSlice(done));
            if (more == 0) {
                break;
            }
            done += more;
        }
        return done;
    }
}
