package dev.mvm.agentd.keys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.attest.Evidence;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BootAttestorTest {
    private static final Digest FLEET = Digest.of(new byte[] {1});
    private static final NodeId NODE = new NodeId("n-1");
    private static final String BOOT = "01234567-89ab-cdef-0123-456789abcdef";

    @TempDir
    private Path dir;

    private Instant now = Instant.parse("2026-01-31T12:00:00Z");
    private final List<String> log = new ArrayList<>();

    private BootAttestor attestor() {
        return new BootAttestor(dir.resolve("attest.sock"), () -> now, log::add);
    }

    private static Bytes statement() {
        var statement =
                new KeyStatement(FLEET, NODE, FLEET, BOOT, Bytes.of(new byte[32]), NodeMode.HARDENED, List.of());
        return Bytes.of(Envelopes.bytes(statement.unsigned()));
    }

    /// @param credential Base64
    private static Bytes challenge(String credential) {
        var payload = "{\"schema\":1,\"fleet\":\"" + FLEET + "\",\"node\":\"n-1\",\"nonce\":\"" + "A".repeat(43)
                + "=\",\"period\":1,\"time\":\"2026-01-31T12:00:00Z\",\"expires\":\"2026-01-31T12:05:00Z\","
                + "\"credential\":\"" + credential + "\"}";
        return Bytes.of(Envelopes.bytes(Envelopes.unsigned(KeyChallenge.TYPE, payload.getBytes(UTF_8))));
    }

    @Test
    void withoutATpm_theIdentityIsEmpty_andEvidenceIsWhatTheStatementSays() throws Exception {
        assertThat(attestor().identity().length()).isZero();
        var evidence =
                Evidence.read(attestor().evidence(challenge(""), statement()).array());
        assertThat(evidence)
                .isEqualTo(new Evidence.Software(
                        dev.mvm.protocol.trust.Envelope.parse(statement().array(), KeyStatement.TYPE)
                                .payload()
                                .digest(),
                        BOOT,
                        NodeMode.HARDENED,
                        List.of()));
        assertThat(log).isEmpty();
    }

    @Test
    void challengeForATpmThatIsNotThere_hasNoEvidence() {
        assertThatThrownBy(() -> attestor().evidence(challenge("AAAA"), statement()))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> attestor().evidence(statement(), statement())).isInstanceOf(IOException.class);
    }

    @Test
    void identity_isAskedOnceInABoot_andNotAgainAtOnceAfterAFailure() throws Exception {
        var asked = new AtomicInteger();
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(dir.resolve("attest.sock")));
            Thread.ofVirtual().start(() -> serve(server, asked));
            var attestor = attestor();
            assertThat(attestor.identity().length()).isZero();
            assertThat(attestor.identity().length()).isZero();
            assertThat(log).singleElement().asString().startsWith("the TPM cannot be asked: ");
            now = now.plus(Duration.ofMinutes(5));
            assertThat(attestor.identity().array()).containsExactly(7);
            assertThat(attestor.identity().array()).containsExactly(7);
        }
        assertThat(asked).hasValue(2);
    }

    /// Closes the first connection, and gives an identity of one byte on the others.
    private static void serve(ServerSocketChannel server, AtomicInteger asked) {
        try {
            while (true) {
                try (var channel = server.accept()) {
                    if (asked.incrementAndGet() > 1) {
                        channel.read(ByteBuffer.allocate(6));
                        channel.write(ByteBuffer.allocate(11)
                                .putInt(7)
                                .putShort((short) 128)
                                .putInt(1)
                                .put((byte) 7)
                                .flip());
                    }
                }
            }
        } catch (IOException e) {
            return; // closed at the end of the test
        }
    }
}
