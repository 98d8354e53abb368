package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeKeyTest {
    private final Hpke hpke = new Hpke(new Libcrypto());

    @TempDir
    private Path folder;

    NodeKeyTest() throws Exception {}

    @Test
    void key_isMadeOnceAndReadBack() throws Exception {
        Files.writeString(folder.resolve(".node.new"), "left by a crash");
        try (var directory = Directory.open(folder)) {
            assertThat(NodeKey.read(directory)).isEmpty();
            try (var made = NodeKey.readOrMake(directory, hpke);
                    var again = NodeKey.readOrMake(directory, hpke)) {
                assertThat(again.bytes().toArray(JAVA_BYTE))
                        .isEqualTo(made.bytes().toArray(JAVA_BYTE));
                assertThat(hpke.publicKey(again)).isEqualTo(hpke.publicKey(made));
            }
        }
        assertThat(Files.getPosixFilePermissions(folder.resolve("node")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(folder.resolve("node"));
        }
    }

    @Test
    @Tag("claim-K3")
    void fileThatOthersMayReadOrThatIsNoKey_isRefused() throws Exception {
        var file = folder.resolve("node");
        try (var directory = Directory.open(folder)) {
            for (int size : new int[] {0, 31, 33}) {
                Files.write(file, new byte[size]);
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
                assertThatIOException().isThrownBy(() -> NodeKey.read(directory));
            }
            Files.write(file, new byte[32]);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
            assertThatIOException().isThrownBy(() -> NodeKey.read(directory));
            Files.delete(file);
            Files.createSymbolicLink(file, Path.of("/dev/zero"));
            assertThatIOException().isThrownBy(() -> NodeKey.read(directory));
        }
    }
}
