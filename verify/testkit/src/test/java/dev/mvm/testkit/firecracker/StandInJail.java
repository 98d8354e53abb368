package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The files that the recorded requests name.
final class StandInJail {
    private StandInJail() {}

    static Jail prepare(Path root) throws IOException {
        Files.createDirectories(root.resolve("img"));
        Files.createDirectories(root.resolve("io/small"));
        Files.write(root.resolve("img/vmlinux"), "\u007fELF".getBytes(US_ASCII));
        Files.write(root.resolve("img/g.cpio"), new byte[512]);
        Files.write(root.resolve("io/d.img"), new byte[4_096]);
        return new Jail(root, Map.of("/io/small", 1L << 20));
    }
}
