package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.mvm.linux.fd.Fd;
import dev.mvm.sealer.JobRefusedException.Code;
import dev.mvm.sealer.paging.memory.HandedPage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// The keys of an instance out of the secret memory in which hostd hands them over: into this process's own, and
/// nowhere else.
final class HandedKeys {
    private static final int KEY = 32;

    private HandedKeys() {}

    /// Copies the keys, which have to be all that there is, wipes the memory that they came in and closes it.
    ///
    /// @param into secret memory, as long as they are
    /// @throws JobRefusedException `key_short`, `key_long`
    static void read(Fd given, MemorySegment into) throws IOException {
        try (given;
                var page = new HandedPage(given)) {
            long size = into.byteSize();
            if (zeros(page.bytes().asSlice(size - KEY, KEY))) {
                throw new JobRefusedException(Code.KEY_SHORT, "fewer than " + size + " bytes");
            }
            if (!zeros(page.bytes().asSlice(size))) {
                throw new JobRefusedException(Code.KEY_LONG, "more than " + size + " bytes");
            }
            into.copyFrom(page.bytes().asSlice(0, size));
        }
    }

    private static boolean zeros(MemorySegment bytes) {
        int found = 0;
        for (long at = 0; at < bytes.byteSize(); at++) {
            found |= bytes.get(JAVA_BYTE, at);
        }
        return found == 0;
    }
}
