package dev.mvm.protocol.qmp;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real QEMU with nothing in it but a boot sector, which connects to us and ends with us.
final class Qemu implements AutoCloseable {
    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(3);

    private final Process process;
    private final SocketChannel channel;

    private Qemu(Process process, SocketChannel channel) {
        this.process = process;
        this.channel = channel;
    }

    /// Path in Debian.
    static Path executable() {
        return Path.of("/usr/bin/qemu-system-x86_64");
    }

    /// Starts one and waits for it to connect. It inherits the file `inherited` in its directory as descriptors 5,
    /// for writing, in set 1, and 6, for reading, in set 2.
    ///
    /// @param sector what it boots
    static Qemu start(Path directory, byte[] sector, String... more) throws Exception {
        var socket = directory.resolve("qmp");
        Files.deleteIfExists(socket);
        var disk = Files.write(directory.resolve("disk"), sector);
        var command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "exec \"$@\" 5>>\"$0\" 6<\"$0\"",
                directory.resolve("inherited").toString(),
                executable().toString(),
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-machine",
                "q35,accel=tcg",
                "-m",
                "64",
                "-smp",
                "1",
                "-drive",
                "file=" + disk + ",format=raw,if=ide,snapshot=on",
                "-debugcon",
                "stdio",
                "-qmp",
                "unix:" + socket,
                "-add-fd",
                "fd=5,set=1",
                "-add-fd",
                "fd=6,set=2"));
        command.addAll(List.of(more));
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            var process = new ProcessBuilder(command)
                    .redirectError(directory.resolve("stderr").toFile())
                    .start();
            try {
                return new Qemu(process, accept(listener, process, directory));
            } catch (Exception e) {
                process.destroyForcibly().waitFor();
                throw e;
            }
        }
    }

    private static SocketChannel accept(ServerSocketChannel listener, Process process, Path directory)
            throws Exception {
        listener.configureBlocking(false);
        try (var selector = Selector.open()) {
            listener.register(selector, SelectionKey.OP_ACCEPT);
            var ended = process.onExit().thenRun(selector::wakeup);
            selector.select(TimeUnit.NANOSECONDS.toMillis(PATIENCE));
            if (ended.isDone()) {
                throw new IOException(Files.readString(directory.resolve("stderr")));
            }
        }
        var channel = listener.accept();
        if (channel == null) {
            throw new InterruptedIOException("QEMU does not connect");
        }
        channel.configureBlocking(false);
        return channel;
    }

    /// Returns what the guest writes to port 0xe9.
    InputStream output() {
        return process.getInputStream();
    }

    int exitStatus() throws InterruptedException {
        if (!process.waitFor(PATIENCE, TimeUnit.NANOSECONDS)) {
            throw new AssertionError("QEMU does not end");
        }
        return process.exitValue();
    }

    MonitorConnection connection() throws IOException {
        return new Opened(channel, Selector.open());
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        channel.close();
    }

    private record Opened(SocketChannel channel, Selector selector) implements MonitorConnection {
        @Override
        public int read(ByteBuffer into, long deadline) throws IOException {
            int n = channel.read(into);
            while (n == 0) {
                channel.register(selector, SelectionKey.OP_READ);
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0 || selector.select(left) == 0) {
                    throw new InterruptedIOException("deadline");
                }
                selector.selectedKeys().clear();
                n = channel.read(into);
            }
            return n;
        }

        @Override
        public void write(ByteBuffer from, long deadline) throws IOException {
            while (from.hasRemaining()) {
                channel.write(from);
            }
        }

        @Override
        public void close() {
            try {
                selector.close();
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
