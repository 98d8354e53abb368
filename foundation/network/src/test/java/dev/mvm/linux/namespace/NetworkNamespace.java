package dev.mvm.linux.namespace;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// A network namespace, kept alive by its descriptor; network_namespaces(7). Tests alone make and enter one: the
/// programs have no way to do that.
///
/// unshare(2) and setns(2) change the calling thread only, so the work gets a platform thread of its own, and that
/// thread ends with it: a thread that has changed namespace is never used again.
public final class NetworkNamespace implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x4000_0000; // linux/sched.h

    private final Fd fd;

    private NetworkNamespace(Fd fd) {
        this.fd = fd;
    }

    /// Work done inside a namespace.
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    /// Work without a result.
    @FunctionalInterface
    public interface Action {
        void run() throws IOException;
    }

    /// Creates a namespace with nothing in it but a loopback device that is down. Needs CAP_SYS_ADMIN.
    @MustBeClosed
    public static NetworkNamespace create() throws IOException {
        return new NetworkNamespace(onThreadOfItsOwn(() -> {
            call("unshare", CLONE_NEWNET);
            return openCurrent();
        }));
    }

    /// The namespace of the calling thread.
    @MustBeClosed
    public static NetworkNamespace current() throws ErrnoException {
        return new NetworkNamespace(openCurrent());
    }

    /// Runs `work` in this namespace, on a thread that ends with it, and waits for it. Needs CAP_SYS_ADMIN.
    ///
    /// Sockets, netlink and `/proc/sys/net` used by `work` are those of this namespace; sockets it returns stay in
    /// it.
    public <T> T call(Work<T> work) throws IOException {
        return onThreadOfItsOwn(() -> {
            call("setns", fd.number(), CLONE_NEWNET);
            return work.run();
        });
    }

    /// As [#call], for work without a result.
    public void run(Action work) throws IOException {
        var _ = call(() -> {
            work.run();
            return true;
        });
    }

    /// The descriptor, for passing on; it stays this object's.
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }

    private static void call(String function, long... arguments) throws IOException {
        if ((int) Library.LIBC.find(function).call(arguments) != 0) {
            throw new IOException(function + " failed");
        }
    }

    private static Fd openCurrent() throws ErrnoException {
        try (var fd = Fd.open(Path.of("/proc/thread-self/ns/net"))) {
            return fd.move();
        }
    }

    private static <T> T onThreadOfItsOwn(Work<T> work) throws IOException {
        var task = new FutureTask<T>(work::run);
        Thread.ofPlatform().name("netns").start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException _) {
                    interrupted = true; // half-done work has no owner: wait for it
                }
            }
        } catch (ExecutionException e) {
            throw cause(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException cause(ExecutionException wrapper) {
        var failure = wrapper.getCause();
        if (failure instanceof IOException expected) {
            return expected;
        }
        if (failure instanceof RuntimeException bug) {
            throw bug;
        }
        throw new AssertionError(failure);
    }
}
