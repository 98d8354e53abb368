import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.FutureTask;

/// A thread that has given up one capability: capset(2), which is a thread's own. What it starts has no more than it.
final class Reduced {
    private static final int SYS_CAPSET = 126;
    private static final int VERSION_3 = 0x20080522; // linux/capability.h
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                    Linker.Option.firstVariadicArg(1));

    private Reduced() {}

    /// An action that may fail in any way.
    interface Act {
        void run() throws Exception;
    }

    /// Runs `act` on a thread that has the capabilities `kept` in effect and no other.
    static void run(long kept, Act act) throws Exception {
        var task = new FutureTask<Boolean>(() -> {
            keep(kept);
            act.run();
            return true;
        });
        var thread = Thread.ofPlatform().name("reduced").start(task);
        thread.join();
        task.get();
    }

    private static void keep(long kept) {
        try (var arena = Arena.ofConfined()) {
            var header = arena.allocate(8, 4); // version, and 0: this thread
            header.set(ValueLayout.JAVA_INT, 0, VERSION_3);
            var data = arena.allocate(24, 4); // effective, permitted, inheritable, of 32 capabilities and of the rest
            data.set(ValueLayout.JAVA_INT, 0, (int) kept);
            data.set(ValueLayout.JAVA_INT, 4, (int) kept);
            if ((long) SYSCALL.invokeExact((long) SYS_CAPSET, header, data) != 0) {
                throw new IllegalStateException("capset was refused");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
