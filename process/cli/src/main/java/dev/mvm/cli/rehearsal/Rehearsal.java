package dev.mvm.cli.rehearsal;

import dev.mvm.cli.Main;
import dev.mvm.cli.terminal.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Training run for the AOT cache: runs the usual command lines once against a coordinator in this process with
/// fixed responses. `mvm` starts from the classes that the JVM loads and links meanwhile.
public final class Rehearsal {
    private static final int DONE = 0;
    private static final int REFUSED = 1;
    private static final int WRONG_USAGE = 2;

    private static final List<Line> LINES = List.of(
            new Line(DONE, "--version"),
            new Line(DONE, "--help"),
            new Line(DONE, "instance list"),
            new Line(DONE, "instance list --json"),
            new Line(DONE, "instance info " + CannedCoordinator.INSTANCE),
            new Line(DONE, "instance start " + CannedCoordinator.INSTANCE),
            new Line(DONE, "pool list"),
            new Line(DONE, "pool scale demo/web --running 2"),
            new Line(DONE, "node list"),
            new Line(DONE, "node info"),
            new Line(DONE, "tenant list"),
            new Line(DONE, "events"),
            new Line(REFUSED, "instance info demo/web/i-00000003"),
            new Line(REFUSED, "instance exec --no-stdin demo/web/i-00000003 -- true"),
            new Line(WRONG_USAGE, "instance info"));

    private Rehearsal() {}

    /// A command line and its expected exit status.
    private record Line(int status, String text) {}

    /// Outcome of a command line.
    record Ending(String line, int expected, int status) {
        boolean asExpected() {
            return status == expected;
        }
    }

    /// Runs all command lines. Exits with 0 if every line had its expected status.
    ///
    /// @param args a directory for temporary files
    public static void main(String[] args) throws IOException, GeneralSecurityException {
        var otherwise = perform(Path.of(args[0])).stream()
                .filter(ending -> !ending.asExpected())
                .toList();
        otherwise.forEach(System.err::println);
        System.exit(otherwise.isEmpty() ? DONE : REFUSED);
    }

    /// Runs all command lines, discards their output and leaves nothing in `directory`.
    static List<Ending> perform(Path directory) throws IOException, GeneralSecurityException {
        var identity = Identity.create(Instant.now());
        var out = System.out;
        var err = System.err;
        try (var coordinator = CannedCoordinator.start(identity);
                var scratch = Scratch.in(directory);
                var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, out.charset())) {
            System.setOut(nowhere);
            System.setErr(nowhere);
            return run(scratch.settings(coordinator, identity));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static List<Ending> run(Path settings) {
        var endings = new ArrayList<Ending>();
        for (var line : LINES) {
            int status = Main.run(line.text.split(" "), Output.standard(), settings);
            endings.add(new Ending(line.text, line.status, status));
        }
        return endings;
    }

    /// Temporary directory with an operator's credential and settings.
    private record Scratch(Path directory) implements AutoCloseable {
        private static final List<String> FILES = List.of("key.pem", "cert.pem", "ca.pem", "cli.conf");

        static Scratch in(Path parent) throws IOException {
            var owners = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            return new Scratch(Files.createTempDirectory(parent, "mvm-rehearsal-", owners));
        }

        Path settings(CannedCoordinator coordinator, Identity identity) throws IOException, GeneralSecurityException {
            var own = pem("CERTIFICATE", identity.own().getEncoded());
            var authority = pem("CERTIFICATE", identity.authority().getEncoded());
            Files.writeString(
                    directory.resolve("key.pem"),
                    pem("PRIVATE KEY", identity.key().getEncoded()));
            Files.writeString(directory.resolve("cert.pem"), own + authority);
            Files.writeString(directory.resolve("ca.pem"), authority);
            return Files.writeString(
                    directory.resolve("cli.conf"), "api = " + coordinator.address() + "\ncredential = .\n");
        }

        private static String pem(String what, byte[] bytes) {
            return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END "
                    + what + "-----\n";
        }

        @Override
        public void close() throws IOException {
            for (var file : FILES) {
                Files.deleteIfExists(directory.resolve(file));
            }
            Files.delete(directory);
        }
    }
}
