package dev.mvm.keyd.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.process.Uptime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/// Time as the store needs it.
public interface StoreClock {
    /// A moment.
    ///
    /// @param wall in seconds since 1970, by a clock that can be set
    /// @param boot the kernel's boot id
    /// @param uptime in seconds since that boot, by CLOCK_BOOTTIME, which cannot be set
    record Moment(long wall, String boot, long uptime) {
        /// Returns how many seconds have certainly passed since an `earlier` moment. In the same boot the uptimes say
        /// it. Otherwise it is what the wall clocks say, and at least this boot's uptime.
        long since(Moment earlier) {
            return boot.equals(earlier.boot) ? uptime - earlier.uptime : Math.max(uptime, wall - earlier.wall);
        }
    }

    Moment now();

    /// This machine's.
    static StoreClock here() throws StoreException {
        try {
            var boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), US_ASCII)
                    .strip();
            return () -> new Moment(Instant.now().getEpochSecond(), boot, Uptime.seconds());
        } catch (IOException e) {
            throw new StoreException(StoreException.Reason.FAILED, "the kernel does not tell its boot id", e);
        }
    }
}
