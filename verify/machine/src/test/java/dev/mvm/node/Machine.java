package dev.mvm.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.ChannelListener;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.GuestTransport;
import dev.mvm.protocol.guest.TransportKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A microVM under QEMU without KVM, in the form that dev mode has: the demo image, a virtio-serial port to the
/// agent, and a network that ends in QEMU. Nothing of the machine that runs the test is touched.
final class Machine implements AutoCloseable {
    /// Deadline of tests for events that must happen: far longer than it takes on the slowest machine.
    static final Duration LIMIT = Duration.ofMinutes(3);

    static final InstanceId INSTANCE = InstanceId.of(0x600d0001);
    static final String ADDRESS = "10.240.77.10";
    static final String GATEWAY = "10.240.77.1";

    private final Path folder;
    private final Process process;

    private Machine(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /// Boots the image in `image`; sockets and the console's output go to `folder`, whose path must be short.
    static Machine boot(Path image, Path folder) throws IOException {
        return boot(image, folder, 128);
    }

    /// As [#boot], with `memory` MiB.
    static Machine boot(Path image, Path folder, int memory) throws IOException {
        return start(image, folder, memory, List.of());
    }

    /// Wakes what has gone to sleep in `state`, a machine that was booted from the same image with [#boot(Path,
    /// Path)].
    static Machine wake(Path image, Path folder, Path state) throws IOException {
        return start(image, folder, 128, List.of("-incoming", "file:" + state));
    }

    private static Machine start(Path image, Path folder, int memory, List<String> more) throws IOException {
        var command = new ArrayList<>(List.of(
                // an end of its own, should this process be killed
                "timeout", "--kill-after=5", "900", "qemu-system-x86_64", "-nodefaults", "-no-user-config"));
        command.addAll(List.of("-display", "none", "-no-reboot", "-bios", "/usr/share/qemu/qboot.rom"));
        command.addAll(List.of("-machine", "q35,usb=off,smm=off,vmport=off", "-accel", "tcg,thread=multi"));
        command.addAll(List.of("-cpu", "max", "-smp", "1", "-m", memory + "M"));
        command.addAll(List.of("-kernel", image.resolve("vmlinux").toString()));
        command.addAll(List.of("-initrd", image.resolve("rootfs.cpio").toString(), "-append", kernelCommandLine()));
        command.addAll(List.of("-serial", "file:console", "-device", "virtio-serial-pci,max_ports=2"));
        command.addAll(List.of("-chardev", "socket,id=guest,path=guest,server=on,wait=off"));
        command.addAll(List.of("-device", "virtserialport,chardev=guest,name=mvm.ctl"));
        command.addAll(List.of("-object", "rng-builtin,id=rng", "-device", "virtio-rng-pci,rng=rng"));
        command.addAll(List.of("-netdev", "user,id=net,restrict=on,net=10.240.77.0/24,host=" + GATEWAY));
        command.addAll(List.of("-device", "virtio-net-pci,netdev=net,romfile="));
        command.addAll(List.of("-monitor", "unix:monitor,server=on,wait=off"));
        command.addAll(more);
        var process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("qemu.log").toFile())
                .start();
        return new Machine(folder, process);
    }

    /// Kernel parameters of the image, and for a boot under TCG within seconds the frequency of the clock that
    /// guest and host then share.
    private static String kernelCommandLine() throws IOException {
        return "console=ttyS0 panic=-1 quiet mitigations=off no_timer_check cryptomgr.notests lsm= audit=0 tsc_early_khz="
                + tscKhz() + " mvm.id=" + INSTANCE + " mvm.net=" + ADDRESS + "/24," + GATEWAY;
    }

    private static long tscKhz() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            var bogomips = lines.filter(line -> line.startsWith("bogomips")).findFirst();
            return bogomips.map(line -> Math.round(Double.parseDouble(line.substring(line.indexOf(':') + 1)) * 500))
                    .orElseThrow();
        }
    }

    /// Begins a session with the agent, as soon as QEMU and then the guest are there.
    GuestChannel open(ChannelListener listener) throws Exception {
        return open(connect(), listener);
    }

    /// Begins a session on a connection that is there already.
    static GuestChannel open(GuestTransport transport, ChannelListener listener) throws Exception {
        return GuestChannel.open(INSTANCE, transport, TransportKind.SERIAL_PORT, listener, LIMIT);
    }

    /// The other end of the guest's serial port, as soon as QEMU is there.
    GuestTransport connect() throws Exception {
        var address = UnixDomainSocketAddress.of(folder.resolve("guest"));
        var deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                return new SocketTransport(SocketChannel.open(address));
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("no QEMU to connect to: " + log(), e);
                }
                Thread.sleep(10); // nothing tells when QEMU listens
            }
        }
    }

    /// Writes all that the machine is to `state`, and ends it.
    void sleep(Path state) throws Exception {
        try (var monitor = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("monitor")))) {
            var transport = new SocketTransport(monitor);
            transport.write(ByteBuffer.wrap(("migrate file:" + state + "\nquit\n").getBytes(UTF_8)));
            var said = new ByteArrayOutputStream();
            var buffer = ByteBuffer.allocate(4_096);
            while (transport.read(buffer.clear()) >= 0) {
                said.write(buffer.array(), 0, buffer.position());
            }
            if (awaitEnd() != 0 || said.toString(UTF_8).contains("Error")) {
                throw new IOException("the machine does not sleep: " + said.toString(UTF_8) + log());
            }
        }
    }

    /// Waits for the end of the machine.
    ///
    /// @return QEMU's exit status
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the machine still runs; its console says: " + console());
        }
        return process.exitValue();
    }

    /// Returns the output of the guest's kernel and agent.
    String console() {
        return text("console");
    }

    private String log() {
        return text("qemu.log");
    }

    private String text(String file) {
        try {
            return new String(Files.readAllBytes(folder.resolve(file)), UTF_8);
        } catch (IOException e) {
            return "(nothing: " + e.getMessage() + ")";
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        var _ = process.onExit().join();
    }
}
