package dev.mvm.hostd.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.model.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeIdentityTest {
    private final Libcrypto libcrypto = new Libcrypto();

    @TempDir
    private Path folder;

    NodeIdentityTest() throws Exception {}

    @Test
    void key_isMadeOnceAndSigns() throws Exception {
        Files.writeString(folder.resolve(".node.new"), "left by a crash");
        var message = "a statement".getBytes(US_ASCII);
        try (var directory = Directory.open(folder)) {
            var identity = new NodeIdentity(directory, libcrypto);
            assertThat(identity.exists()).isFalse();
            assertThatIOException().isThrownBy(identity::publicHalf);
            identity.make();
            var half = identity.publicHalf();
            identity.make();
            assertThat(identity.exists()).isTrue();
            assertThat(identity.publicHalf()).isEqualTo(half);
            Bytes signature = identity.sign(message);
            assertThat(new JdkEd25519().valid(half, message, signature.array())).isTrue();
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
            var identity = new NodeIdentity(directory, libcrypto);
            for (int size : new int[] {0, 31, 33}) {
                Files.write(file, new byte[size]);
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
                assertThatIOException().isThrownBy(() -> identity.sign(new byte[1]));
                assertThatIOException().isThrownBy(identity::publicHalf);
            }
            Files.write(file, new byte[32]);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
            assertThatIOException().isThrownBy(() -> identity.sign(new byte[1]));
            Files.delete(file);
            Files.createSymbolicLink(file, Path.of("/dev/zero"));
            assertThatIOException().isThrownBy(() -> identity.sign(new byte[1]));
        }
    }
}
