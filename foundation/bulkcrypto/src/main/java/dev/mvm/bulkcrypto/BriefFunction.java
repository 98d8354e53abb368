package dev.mvm.bulkcrypto;

import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// A function of libcrypto that is called for every few KiB and takes no longer than those do. As [CFunction], but the
/// JVM does not prepare for a stop, keeps no errno(3), and makes no array.
///
/// @param address where it begins
record BriefFunction(MemorySegment address) {
    private static final MethodHandle CALL = Library.linkBrief();

    static BriefFunction find(String function) throws MissingLibraryException {
        return new BriefFunction(Libcrypto.find(function).address());
    }

    /// Calls it.
    ///
    /// @param a and so on: those beyond the function's own are of any value
    long call(long a, long b, long c, long d, long e, long f) {
        try {
            return (long) CALL.invokeExact(address, a, b, c, d, e, f);
        } catch (RuntimeException | Error unchecked) {
            throw unchecked;
        } catch (Throwable checked) {
            throw new AssertionError("native code cannot throw", checked);
        }
    }
}
