package dev.mvm.linux.call;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/// A C function whose arguments and result are numbers and pointers. By the x86-64 calling convention they are
/// all called alike: each of six arguments has a register of its own, two more lie on the stack, the function
/// looks at those that it has, and at as many bits of them as it declares. So one shape is linked for all of
/// them; linking shapes is what costs time at start.
///
/// Pointers are passed as addresses, of memory that the calling method keeps alive.
///
/// @param address where it begins
public record CFunction(MemorySegment address) {
    private static final int MOST = 8;

    /// Before the arguments comes where errno(3) goes. Functions with a variable number of arguments are told how many
    /// are in vector registers; others do not look.
    private static final MethodHandle CALL =
            Library.link(MOST, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(1));

    /// Calls it. What a function declares as `int` is in the lower half of the result, whose upper half is undefined:
    /// the caller casts. The result of one that returns nothing is nothing of use.
    ///
    /// @param arguments as many as the function has, at most eight
    public long call(long... arguments) {
        if (arguments.length > MOST) {
            throw new IllegalArgumentException("more than eight arguments");
        }
        var all = Arrays.copyOf(arguments, MOST);
        return call(PerThread.errno(), all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7]);
    }

    /// Calls it, and leaves errno(3) in `errno`.
    long call(MemorySegment errno, long a, long b, long c, long d, long e, long f, long g, long h) {
        try {
            return (long) CALL.invokeExact(address, errno, a, b, c, d, e, f, g, h);
        } catch (RuntimeException | Error unchecked) {
            throw unchecked;
        } catch (Throwable checked) {
            throw new AssertionError("native code cannot throw", checked);
        }
    }
}
