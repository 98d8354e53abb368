package dev.mvm.image.program;

import dev.mvm.image.ImageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Finds programs in fixed directories, whatever PATH says.
///
/// @param directories searched in their order
public record Programs(List<Path> directories) {
    /// Debian's directories.
    public static final Programs DEBIAN = new Programs(List.of(Path.of("/usr/bin"), Path.of("/usr/sbin")));

    private static final Map<String, String> PACKAGES = Map.of(
            "skopeo", "skopeo",
            "mkfs.erofs", "erofs-utils",
            "fsck.erofs", "erofs-utils",
            "veritysetup", "cryptsetup-bin",
            "bwrap", "bubblewrap",
            "prlimit", "util-linux",
            "setpriv", "util-linux",
            "unshare", "util-linux",
            "sha256sum", "coreutils");

    public Programs {
        directories = List.copyOf(directories);
    }

    /// Finds a program.
    ///
    /// @throws ImageException `program_missing`, with the Debian package that has it
    public String path(String program) throws ImageException {
        for (var directory : directories) {
            var path = directory.resolve(program);
            if (Files.isExecutable(path)) {
                return path.toString();
            }
        }
        throw new ImageException(
                "program_missing",
                program + " is not installed; install Debian's package " + PACKAGES.getOrDefault(program, program));
    }

    /// Says before any work whether a program is missing.
    ///
    /// @throws ImageException `program_missing`
    public void demand(String... programs) throws ImageException {
        for (var program : programs) {
            path(program);
        }
    }
}
