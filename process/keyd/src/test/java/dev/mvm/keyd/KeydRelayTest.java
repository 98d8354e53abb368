package dev.mvm.keyd;

import static dev.mvm.keyd.RelayCredentials.CALLS;
import static dev.mvm.keyd.RelayCredentials.SERVES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.keyd.release.KeydFleet;
import dev.mvm.model.Bytes;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Envelope;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator's client, both ends of the relay as they are packaged, and mvm-keyd as a process. Each end is attacked
/// with what the other end would have to be.
final class KeydRelayTest {
    private static final UnaryOperator<String> AS_IT_IS = UnaryOperator.identity();
    private static final int LARGE = 3 * 1024 * 1024;

    private final Path folder;
    private final KeydSite site;
    private final int port;
    private RelayCredentials.Authority authority;
    private RelayCredentials coordinators;
    private RelayCredentials keyds;
    private KeydSite.Running keyd;

    KeydRelayTest(@TempDir Path folder) throws Exception {
        this.folder = folder;
        this.site = new KeydSite(folder);
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            this.port = free.getLocalPort();
        }
    }

    @BeforeEach
    void begin() throws Exception {
        assumeTrue(Files.isExecutable(RelayEnd.STUNNEL), "stunnel is not installed: apt-get install stunnel4");
        authority = RelayCredentials.Authority.make(folder, "authority");
        coordinators = authority.issue(folder, "mvm-coordinator", CALLS);
        keyds = authority.issue(folder, "mvm-keyd", SERVES);
        site.begin();
        keyd = site.start("one");
        keyd.documents.publish(site.node());
    }

    @AfterEach
    void end() {
        if (keyd != null) {
            keyd.close();
        }
    }

    private static String olderTls(String text) {
        return RelayEnd.replaced(text, "sslVersion = TLSv1.3", "sslVersion = TLSv1.2");
    }

    private static String withoutCertificate(String text) {
        return Pattern.compile("(?m)^(cert|key) = .*\n").matcher(text).replaceAll("");
    }

    private static String believingAnyName(String text) {
        return Pattern.compile("(?m)^(verifyChain|checkHost) = .*\n")
                .matcher(text)
                .replaceAll("");
    }

    private static String believingEverybody(String text) {
        return RelayEnd.replaced(believingAnyName(text), "sslVersion = TLSv1.3\n", "");
    }

    private RelayEnd serving(RelayCredentials own, UnaryOperator<String> weakened) throws Exception {
        return RelayEnd.serving(folder.resolve("one-run/keyd.sock"), port, own, weakened);
    }

    private RelayEnd calling(RelayCredentials own, UnaryOperator<String> weakened) throws Exception {
        return RelayEnd.calling(folder.resolve("caller.sock"), port, own, weakened);
    }

    private KeydClient client() {
        return new KeydClient(folder.resolve("caller.sock"), KeydSite.PATIENCE);
    }

    private void challenged() throws Exception {
        var envelope = client().challenge(Ceremony.NODE, Bytes.EMPTY);
        var payload = Envelope.parse(envelope.array(), KeyChallenge.TYPE).payload();
        assertThat(KeyChallenge.parse(payload.array()).node()).isEqualTo(Ceremony.NODE);
    }

    private static void refused(String reason, ThrowingCallable request) {
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        KeydException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private void unanswered() {
        refused("keyd_unreachable", this::challenged);
    }

    /// Requests that keyd has answered, this one excepted.
    private long answered() throws Exception {
        var count = Pattern.compile("\"answered\":(\\d+)").matcher(keyd.documents.status());
        assertThat(count.find()).isTrue();
        return Long.parseLong(count.group(1));
    }

    /// Requests of a coordinator's end of this kind are not answered, and do not come to keyd, by the packaged
    /// configuration; an end that believes everybody answers them.
    private void turnsAway(RelayCredentials own, UnaryOperator<String> weakened) throws Exception {
        UnaryOperator<String> attacking = text -> weakened.apply(believingAnyName(text));
        long before = answered();
        try (var _ = serving(keyds, AS_IT_IS);
                var _ = calling(own, attacking)) {
            unanswered();
        }
        assertThat(answered()).isEqualTo(before + 1); // the question for the number
        try (var _ = serving(keyds, KeydRelayTest::believingEverybody);
                var _ = calling(own, attacking)) {
            challenged();
        }
    }

    /// The coordinator's end gives this one nothing to carry; an end that believes everybody does.
    private void givesNothing(RelayCredentials own, UnaryOperator<String> weakened) throws Exception {
        UnaryOperator<String> attacking = text -> weakened.apply(believingAnyName(text));
        long before = answered();
        try (var _ = serving(own, attacking)) {
            try (var _ = calling(coordinators, AS_IT_IS)) {
                unanswered();
            }
            assertThat(answered()).isEqualTo(before + 1);
            try (var _ = calling(coordinators, KeydRelayTest::believingEverybody)) {
                challenged();
            }
        }
    }

    @Test
    @Tag("claim-E2")
    void requestsAndAnswers_goThrough() throws Exception {
        try (var _ = serving(keyds, AS_IT_IS);
                var _ = calling(coordinators, AS_IT_IS)) {
            challenged();
            assertThat(client().status()).contains("\"state\":\"serving\"");
            refused("too_large", () -> client().publish(new byte[LARGE])); // a frame near the greatest
        }
    }

    /// keyd does not know that a relay speaks: it answers as it answers its coordinator.
    @Test
    @Tag("claim-E2")
    void caller_isRefusedWhatTheCoordinatorIsRefused() throws Exception {
        try (var _ = serving(keyds, AS_IT_IS);
                var _ = calling(coordinators, AS_IT_IS)) {
            for (var client : List.of(client(), keyd.coordinators)) {
                refused("node_unknown", () -> client.challenge(new NodeId("n-9"), Bytes.EMPTY));
                refused("key_unknown", () -> client.rotate(Ceremony.DEMO, KeydFleet.KEY));
                assertThat(client.keys(Optional.empty())).isEmpty();
            }
        }
    }

    @Test
    @Tag("claim-E2")
    void callerOfAnotherName_isTurnedAway() throws Exception {
        turnsAway(authority.issue(folder, "n-1", CALLS), AS_IT_IS);
        turnsAway(authority.issue(folder, "mvm-coordinator.example.org", CALLS), AS_IT_IS);
        turnsAway(authority.issue(folder, "*", CALLS), AS_IT_IS);
        turnsAway(keyds, AS_IT_IS);
        try (var _ = serving(keyds, AS_IT_IS);
                var _ = calling(coordinators, KeydRelayTest::believingAnyName)) {
            challenged(); // and so it was the name
        }
    }

    @Test
    @Tag("claim-E2")
    void callerOfAnotherAuthority_isTurnedAway_andOneWithoutACertificate() throws Exception {
        var other = RelayCredentials.Authority.make(folder, "other");
        turnsAway(other.issue(folder, "mvm-coordinator", CALLS), AS_IT_IS);
        turnsAway(authority.issue(folder, "mvm-coordinator", SERVES), AS_IT_IS);
        turnsAway(coordinators, KeydRelayTest::withoutCertificate);
    }

    /// The coordinator's certificate makes no others.
    @Test
    @Tag("claim-E2")
    void certificateThatACaller_hasSigned_isTurnedAway() throws Exception {
        var caller = new RelayCredentials.Authority(coordinators.cert(), coordinators.key());
        var made = caller.issue(folder, "mvm-coordinator", CALLS);
        var chain = Files.writeString(
                folder.resolve("chain.pem"), Files.readString(made.cert()) + Files.readString(coordinators.cert()));
        turnsAway(new RelayCredentials(chain, made.key(), authority.cert()), AS_IT_IS);
    }

    @Test
    @Tag("claim-E2")
    void olderTls_isTurnedAway_byBoth() throws Exception {
        turnsAway(coordinators, KeydRelayTest::olderTls);
        givesNothing(keyds, KeydRelayTest::olderTls);
    }

    @Test
    @Tag("claim-E2")
    void coordinator_givesNothingToAnotherThanTheKeyService() throws Exception {
        var other = RelayCredentials.Authority.make(folder, "other");
        givesNothing(authority.issue(folder, "n-1", SERVES), AS_IT_IS);
        givesNothing(authority.issue(folder, "mvm-keyd", CALLS), AS_IT_IS);
        givesNothing(coordinators, AS_IT_IS);
        givesNothing(other.issue(folder, "mvm-keyd", SERVES), AS_IT_IS);
        try (var _ = serving(keyds, KeydRelayTest::believingAnyName);
                var _ = calling(coordinators, AS_IT_IS)) {
            challenged();
        }
    }

    @Test
    void relayThatWasKilled_comesBack_andTheClientGoesOn() throws Exception {
        try (var _ = calling(coordinators, AS_IT_IS)) {
            var client = client();
            try (var _ = serving(keyds, AS_IT_IS)) {
                client.challenge(Ceremony.NODE, Bytes.EMPTY);
            }
            refused("keyd_unreachable", () -> client.challenge(Ceremony.NODE, Bytes.EMPTY));
            try (var _ = serving(keyds, AS_IT_IS)) {
                client.challenge(Ceremony.NODE, Bytes.EMPTY);
            }
        }
        try (var _ = serving(keyds, AS_IT_IS)) {
            refused("keyd_unreachable", this::challenged);
            try (var _ = calling(coordinators, AS_IT_IS)) {
                challenged();
            }
        }
    }

    @Test
    void keydThatWasStartedAgain_isReached() throws Exception {
        try (var _ = serving(keyds, AS_IT_IS);
                var _ = calling(coordinators, AS_IT_IS)) {
            challenged();
            keyd.close();
            unanswered();
            keyd = site.start("one");
            challenged();
        }
    }
}
