import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;

/// System calls of a thread in hostd, and what is expected of them: a line of TAP on standard error for each.
class Attempts {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EACCES = 13;
    static final int EROFS = 30;
    static final int ENOSYS = 38;
    static final int EAFNOSUPPORT = 97;
    static final int ECONNREFUSED = 111;
    static final int ENXIO = 6;

    static final int SOCK_STREAM = 1;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_SEQPACKET = 5;
    private static final int ANSWER = 65536;

    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    ERRNO,
                    Linker.Option.firstVariadicArg(1));

    final Arena arena = Arena.ofShared();
    private final MemorySegment state = arena.allocate(STATE);
    private int count;

    long call(long number, Object... arguments) {
        var all = new Object[8];
        Arrays.fill(all, 0L);
        all[0] = state;
        all[1] = number;
        for (int i = 0; i < arguments.length; i++) {
            all[i + 2] = switch (arguments[i]) {
                case String text -> arena.allocateFrom(text).address();
                case MemorySegment segment -> segment.address();
                case Number value -> value.longValue();
                default -> throw new IllegalArgumentException();
            };
        }
        try {
            return (long) SYSCALL.invokeWithArguments(all);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    MemorySegment ints(int... values) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, values);
    }

    int errno() {
        return state.get(ValueLayout.JAVA_INT, 0);
    }

    void refused(String what, long result, Integer... allowed) {
        boolean good = result < 0 && List.of(allowed).contains(errno());
        say(good, what, result < 0 ? "errno " + errno() : "it was done");
    }

    void say(boolean good, String what, String found) {
        count++;
        System.err.println((good ? "ok " : "not ok ") + count + " - hostd: " + what + ": " + found);
    }

    MemorySegment address(String path) {
        var address = arena.allocate(110);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
        address.setString(2, path);
        return address;
    }

    /// Sends a packet and returns the answer, empty if the other side has hung up.
    String asked(long connection, String text) {
        if (call(46, connection, message(arena.allocateFrom(text), text.length()), 0x4000) < 0) { // MSG_NOSIGNAL
            return "not asked: errno " + errno();
        }
        var answer = arena.allocate(ANSWER + 1);
        long length = call(47, connection, message(answer, ANSWER), 0);
        return length < 0 ? "no answer: errno " + errno() : answer.getString(0);
    }

    /// Returns a message of these bytes, or with room for them, and without descriptors.
    MemorySegment message(MemorySegment bytes, long length) {
        var io = arena.allocate(16, 8); // struct iovec
        io.set(ValueLayout.ADDRESS, 0, bytes);
        io.set(ValueLayout.JAVA_LONG, 8, length);
        var message = arena.allocate(56, 8); // struct msghdr
        message.set(ValueLayout.ADDRESS, 16, io);
        message.set(ValueLayout.JAVA_LONG, 24, 1);
        return message;
    }

    /// Returns how many attempts there were.
    int count() {
        return count;
    }
}
