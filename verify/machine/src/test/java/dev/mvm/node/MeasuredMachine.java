package dev.mvm.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.protocol.attest.AttestSocket;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A machine that its firmware measures into a TPM: OVMF, swtpm, and Debian's kernel, started with a command line. In
/// it
/// mvm-attest answers, by a serial port that is a socket here.
final class MeasuredMachine implements AutoCloseable {
    private static final Path FIRMWARE = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");

    private final Path folder;
    private final List<Process> processes = new ArrayList<>();

    /// Boots, with the TPM whose state is in `tpm`.
    ///
    /// @param folder of its own for each boot, with a short path
    /// @param parameter added to the kernel's command line
    static MeasuredMachine boot(Path folder, Path tpm, String parameter) throws Exception {
        var machine = new MeasuredMachine(folder);
        machine.start("swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + tpm, "--ctrl", "type=unixio,path=tpm");
        machine.awaitListening(folder.resolve("tpm"));
        machine.start(machine.command(parameter).toArray(String[]::new));
        while (!machine.console().contains("READY")) {
            machine.mustRun();
            Thread.sleep(50); // nothing tells when the machine is there
        }
        return machine;
    }

    private MeasuredMachine(Path folder) {
        this.folder = folder;
    }

    private List<String> command(String parameter) throws IOException {
        var built = Path.of(System.getProperty("mvm.attest"));
        var command = new ArrayList<>(List.of(
                // an end of its own, should this process be killed
                "timeout", "--kill-after=5", "900", "qemu-system-x86_64", "-nodefaults", "-no-user-config"));
        command.addAll(List.of("-display", "none", "-no-reboot", "-machine", "q35,smm=off", "-m", "512"));
        command.addAll(List.of("-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1"));
        command.addAll(List.of("-drive", "if=pflash,format=raw,readonly=on,file=" + FIRMWARE));
        command.addAll(List.of("-chardev", "socket,id=tpm,path=tpm", "-tpmdev", "emulator,id=tpm,chardev=tpm"));
        command.addAll(List.of("-device", "tpm-tis,tpmdev=tpm", "-serial", "file:console"));
        command.addAll(List.of("-chardev", "socket,id=port,path=port,server=on,wait=off", "-serial", "chardev:port"));
        command.addAll(List.of(
                "-kernel",
                kernel().toString(),
                "-initrd",
                built.resolve("machine.cpio").toString()));
        command.addAll(
                List.of("-append", "console=ttyS0 panic=-1 quiet no_timer_check cryptomgr.notests " + parameter));
        return command;
    }

    private static Path kernel() throws IOException {
        var boot = Path.of(System.getProperty("mvm.image.kernel")).resolve("boot");
        try (var files = Files.list(boot)) {
            return files.filter(file -> file.getFileName().toString().startsWith("vmlinuz-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void start(String... command) throws IOException {
        processes.add(new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log" + processes.size()).toFile())
                .start());
    }

    private void awaitListening(Path path) throws IOException, InterruptedException {
        while (true) {
            mustRun();
            try (var _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                return;
            } catch (IOException e) {
                Thread.sleep(10); // a socket is there a moment before it listens
            }
        }
    }

    private void mustRun() throws IOException {
        for (int i = 0; i < processes.size(); i++) {
            if (!processes.get(i).isAlive()) {
                throw new IOException(
                        "a program has ended: " + Files.readString(folder.resolve("log" + i)) + console());
            }
        }
    }

    private String console() throws IOException {
        var path = folder.resolve("console");
        return Files.exists(path) ? new String(Files.readAllBytes(path), ISO_8859_1) : "";
    }

    AttestSocket attest() {
        return new AttestSocket(folder.resolve("port"));
    }

    @Override
    public void close() {
        for (var process : processes.reversed()) {
            process.destroy();
            process.onExit().join();
        }
    }
}
