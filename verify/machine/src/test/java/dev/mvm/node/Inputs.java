package dev.mvm.node;

import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;

/// Inputs of these tests, from system properties. `./dev` makes all of them; by hand they are what
/// packaging/guest-image/fetch-kernel, native/guest and packaging/guest-image/build make.
final class Inputs {
    private Inputs() {}

    /// `mvm.image`: the folder with the image's `vmlinux` and `rootfs.cpio`.
    static Path image() {
        return existing("mvm.image", "rootfs.cpio", "packaging/guest-image/build makes it");
    }

    /// `mvm.image.kernel`: the unpacked kernel package.
    static Path kernelPackage() {
        return existing("mvm.image.kernel", "boot", "packaging/guest-image/fetch-kernel makes it");
    }

    /// `mvm.image.agent`: the program mvm-guest that is in the image.
    static Path agent() {
        return existing("mvm.image.agent", "", "native/guest makes it");
    }

    /// `mvm.standin`: the program that stands in for Firecracker.
    static Path standIn() {
        return existing("mvm.standin", "", "verify/firecracker-stub makes it");
    }

    /// The static one, of Debian's busybox-static.
    static Path busybox() {
        return Path.of("/usr/bin/busybox");
    }

    /// The repository, of which these tests run the scripts.
    static Path repository() {
        return Path.of("").toAbsolutePath().resolve("../..").normalize();
    }

    private static Path existing(String property, String within, String maker) {
        var value = System.getProperty(property, "");
        var path = Path.of(value).toAbsolutePath();
        if (value.isEmpty() || !Files.exists(path.resolve(within))) {
            return fail("these tests need -D" + property + "=PATH (" + maker + "); it is '" + value + "'");
        }
        return path;
    }
}
