package dev.mvm.crypto.sign;

import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Tokens of SoftHSM in a directory of their own, made by the programs that operators make them with.
public final class SoftToken {
    /// Path of the module in Debian's `libsofthsm2`.
    public static final Path MODULE = Path.of("/usr/lib/softhsm/libsofthsm2.so");

    /// Of every token that is made here.
    public static final String PIN = "271828";

    private static final String SO_PIN = "31415926";
    private static final String CONFIGURATION = "SOFTHSM2_CONF";

    private final Path dir;

    private SoftToken(Path dir) {
        this.dir = dir;
    }

    /// A place for tokens, and the module of this process told to use it.
    public static SoftToken in(Path dir) throws Exception {
        var tokens = Files.createDirectories(dir.resolve("tokens"));
        Files.writeString(
                dir.resolve("softhsm2.conf"),
                "directories.tokendir = " + tokens + "\nobjectstore.backend = file\nlog.level = ERROR\n");
        var secret = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Files.writeString(Files.createFile(dir.resolve("pin"), secret), PIN + "\n");
        var made = new SoftToken(dir);
        environment(CONFIGURATION, made.configuration());
        return made;
    }

    /// The file that `SOFTHSM2_CONF` has to name in other processes.
    public String configuration() {
        return dir.resolve("softhsm2.conf").toString();
    }

    /// Changes what C code in this process sees of its environment; that of the JVM stays as it was.
    static void environment(String name, String value) throws MissingLibraryException {
        try (var arena = Arena.ofConfined()) {
            int overwrite = 1;
            var _ = Library.LIBC
                    .find("setenv")
                    .call(
                            CString.of(arena, name).address(),
                            CString.of(arena, value).address(),
                            overwrite);
        }
    }

    private void run(String... command) throws Exception {
        Program.run(Map.of(CONFIGURATION, configuration()), List.of(command));
    }

    /// Initialises a token.
    public SoftToken token(String label) throws Exception {
        run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN);
        return this;
    }

    /// Makes a key in a token, which it never leaves.
    ///
    /// @param type as pkcs11-tool spells it
    SoftToken key(String token, String label, String id, String type) throws Exception {
        tool(token, "--keypairgen", "--key-type", type, "--id", id, "--label", label, "--usage-sign");
        return this;
    }

    /// Makes an Ed25519 key in a token.
    public SoftToken key(String token, String label, String id) throws Exception {
        return key(token, label, id, "EC:edwards25519");
    }

    /// Brings a key from a file into a token.
    public SoftToken imported(String token, String label, String id, Path file) throws Exception {
        run("softhsm2-util", "--import", file.toString(), "--token", token, "--label", label, "--id", id, "--pin", PIN);
        return this;
    }

    void tool(String token, String... what) throws Exception {
        var command = new ArrayList<>(
                List.of("pkcs11-tool", "--module", MODULE.toString(), "--token-label", token, "--login", "--pin", PIN));
        command.addAll(List.of(what));
        run(command.toArray(String[]::new));
    }

    /// The reference to a key, with the PIN in a file.
    ///
    /// @param path of the URI, as `token=T;object=O`
    public String reference(String path) {
        return "pkcs11:" + path + "?module-path=" + MODULE + "&pin-source=file:" + dir.resolve("pin");
    }
}
