package dev.mvm.protocol.attest.tpm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.protocol.attest.AttestSocket;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A TPM by swtpm, which computes as hardware does (TCG's reference code), and mvm-attest in front of it.
final class RealTpm implements AutoCloseable {
    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private int starts;

    RealTpm(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        assumeTrue(Files.exists(Path.of("/usr/bin/swtpm")), "swtpm is not installed: apt-get install swtpm");
        assumeTrue(System.getProperty("mvm.attest") != null, "mvm-attest is not built: make -C native/attest serve");
        start();
    }

    /// Starts the machine: the seeds in its state are the same, the null hierarchy's is not.
    void start() throws IOException {
        close();
        starts++;
        Files.createDirectories(folder.resolve("state"));
        run(
                "swtpm",
                "socket",
                "--tpm2",
                "--tpmstate",
                "dir=" + folder.resolve("state"),
                "--server",
                "type=unixio,path=" + tpm(),
                "--flags",
                "not-need-init,startup-clear");
        var built = Path.of(System.getProperty("mvm.attest"));
        run(
                built.resolve("test/serve").toString(),
                path().toString(),
                tpm().toString(),
                built.resolve("mvm-attest").toString());
        awaitListening(tpm());
        awaitListening(path());
    }

    /// A socket is there a moment before it listens.
    private static void awaitListening(Path path) {
        while (true) {
            try (var _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                return;
            } catch (IOException e) {
                Thread.onSpinWait();
            }
        }
    }

    private void run(String... command) throws IOException {
        processes.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start());
    }

    private Path tpm() {
        return folder.resolve("tpm" + starts);
    }

    private Path path() {
        return folder.resolve("attest" + starts);
    }

    AttestSocket attest() {
        return new AttestSocket(path());
    }

    /// Sends a command as root could, and returns the response's code.
    int command(String hex) throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(tpm()))) {
            channel.write(ByteBuffer.wrap(SoftwareTpm.hex(hex)));
            var response = ByteBuffer.allocate(4096);
            while (response.position() < 10 || response.position() < response.getInt(2)) {
                if (channel.read(response) < 0) {
                    throw new IOException("the TPM is gone");
                }
            }
            return response.getInt(6);
        }
    }

    /// TPM2_PCR_Extend with a digest of SHA-256.
    int extend(int pcr, String digest) throws IOException {
        return command("8002" + "00000041" + "00000182" + "%08x".formatted(pcr) + "00000009" + "40000009" + "0000"
                + "00" + "0000" + "00000001" + "000b" + digest);
    }

    @Override
    public void close() {
        for (var process : processes) {
            process.destroy();
            process.onExit().join();
        }
        processes.clear();
    }
}
