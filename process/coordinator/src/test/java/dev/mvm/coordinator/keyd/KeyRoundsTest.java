package dev.mvm.coordinator.keyd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.FakeDocuments;
import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.metrics.CoordinatorMetric;
import dev.mvm.coordinator.node.Events;
import dev.mvm.coordinator.node.NodeKeysView;
import dev.mvm.coordinator.node.NodeLink;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.states.LoggedStates;
import dev.mvm.coordinator.states.StateIssuer;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.model.Counts;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.NodeMessage.KeyBlobAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rounds with the frames of the key service and a node that answers on the spot.
final class KeyRoundsTest {
    private static final NodeId EDGE = new NodeId("edge-1");
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId RIVAL = new TenantId("rival");
    private static final Duration RENEWAL = Duration.ofHours(12);

    @TempDir
    private Path folder;

    private final ManualClock clock = new ManualClock();
    private final FakeDocuments fake = new FakeDocuments();
    private final Events events = new Events(clock);
    private final Nodes nodes = new Nodes(events);
    private final List<ByteString> blobs = new ArrayList<>();
    private Store store;
    private FleetStore records;
    private StateIssuer issuer;
    private StandInKeyd keyd;
    private KeyRounds rounds;

    /// Change of the node's own right statement before it is sent.
    private UnaryOperator<KeyStatement.Builder> stated = said -> said;

    private KeyBlobAnswer blobAnswer = KeyBlobAnswer.newBuilder().setTaken(true).build();
    private boolean mute;

    @BeforeEach
    void start() throws Exception {
        store = Stores.inMemory(clock);
        records = new FleetStore(store, fake);
        issuer = new StateIssuer(records, fake, clock, Duration.ofDays(1));
        keyd = new StandInKeyd(folder.resolve("keyd.sock")).start();
        rounds = rounds(Duration.ofMinutes(2), Duration.ofMinutes(2));
        grant(ACME, 1);
        keyd.tenant = Optional.of(ACME);
    }

    @AfterEach
    void stop() throws Exception {
        keyd.close();
        store.close();
    }

    private KeyRounds rounds(Duration timeout, Duration answer) {
        var sealing = new Sealing(new KeydClient(keyd.socket(), timeout), new LoggedStates(records));
        return new KeyRounds(sealing, nodes, Runnable::run, clock, new KeyRounds.Times(answer, RENEWAL));
    }

    private void grant(TenantId tenant, int version) throws Exception {
        var changes = new TenantChanges(records, clock);
        if (version == 1) {
            changes.create(tenant);
        }
        int net = tenant.equals(ACME) ? 0 : 1;
        var plain = Grants.grant(tenant.value(), version, net, Grants.PLENTY, Grants.pool("web", 0, 9));
        var keys = Grants.withKeys(plain, new Grant.Key(new KeyName("disk"), KeyPurpose.VOLUME, 1));
        changes.publish(fake.envelope(keys));
        changes.change(new PoolAddress(tenant, new PoolId("web")), pool -> pool.with(new Counts(1, 0, 0)));
    }

    /// The node's end of a stream. Called with the lock of the link held, as the real one.
    private final class Answering implements NodeLink.Wire {
        private NodeLink link;

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public void send(CoordinatorMessage message) {
            switch (message.getMessageCase()) {
                case KEY_CHALLENGE -> {
                    var challenge = message.getKeyChallenge();
                    var said = KeyStatement.newBuilder()
                            .setRequest(challenge.getRequest())
                            .setStatement(StandInKeyd.statement(link.node(), challenge.getEnvelope()))
                            .setEvidence(ByteString.copyFromUtf8("evidence"));
                    if (!mute) {
                        link.answered(
                                challenge.getRequest(),
                                NodeMessage.newBuilder()
                                        .setKeyStatement(stated.apply(said))
                                        .build());
                    }
                }
                case KEY_BLOB -> {
                    var blob = message.getKeyBlob();
                    blobs.add(blob.getEnvelope());
                    link.answered(
                            blob.getRequest(),
                            NodeMessage.newBuilder()
                                    .setKeyBlobAnswer(blobAnswer)
                                    .build());
                }
                default -> throw new AssertionError(message);
            }
        }

        @Override
        public void end(ProblemException why) {}
    }

    private NodeLink connect(NodeId node, boolean takesBlobs) {
        var wire = new Answering();
        var link = new NodeLink(node, wire);
        wire.link = link;
        nodes.connected(link);
        if (takesBlobs) {
            link.keys().takesBlobs(ByteString.copyFromUtf8("attestation key"));
        }
        return link;
    }

    /// One pass over the nodes.
    private void pass() throws Exception {
        var fleet = records.state();
        for (var link : nodes.links()) {
            rounds.current(fleet, link.node(), issuer.current(fleet, link.node(), 0));
        }
    }

    private void passLater(Duration by) throws Exception {
        clock.advance(by);
        pass();
    }

    private int challenges() {
        return keyd.asked(KeydRequest.Challenge.class).size();
    }

    private long ended(String result) {
        var count = rounds.counters().counts(CoordinatorMetric.KEY_ROUNDS).get(List.of(result));
        return count == null ? 0 : count.sum();
    }

    private NodeKeysView keys() {
        return nodes.view(EDGE).orElseThrow().keys();
    }

    private List<String> told() throws Exception {
        return events
                .after(0, event -> event.getEvent().startsWith("keys_"), 1000, Duration.ZERO)
                .getEventsList()
                .stream()
                .map(FleetEvent::getEvent)
                .toList();
    }

    @Test
    void nodeThatConnects_takesTheBlobForItsStatement() throws Exception {
        connect(EDGE, true);
        pass();
        var challenge = keyd.asked(KeydRequest.Challenge.class).getFirst();
        assertThat(challenge.node()).isEqualTo(EDGE);
        assertThat(challenge.ak().array()).asString().isEqualTo("attestation key");
        var seal = keyd.asked(KeydRequest.Seal.class).getFirst();
        assertThat(seal.evidence().array()).asString().isEqualTo("evidence");
        assertThat(seal.state().array()).asString().contains("state ", "edge-1");
        assertThat(seal.proof().array()).asString().contains("\"index\":0");
        assertThat(blobs).hasSize(1);
        assertThat(keys()).isEqualTo(new NodeKeysView(1, "2026-02-02T00:00:00Z", "", Map.of()));
        assertThat(rounds.holders()).isEqualTo(Map.of("acme/disk", Map.of(1, List.of("edge-1"))));
        assertThat(told()).containsExactly("keys_taken");
        assertThat(ended("taken")).isEqualTo(1);
    }

    /// Its root process has started anew, while the connection lasts.
    @Test
    void nodeThatHasLostItsBlob_getsAnother_butNotAtOnceAgain() throws Exception {
        var link = connect(EDGE, true);
        pass();
        assertThat(link.keys().reported(1)).isFalse();
        passLater(Duration.ofMinutes(1));
        assertThat(challenges()).isEqualTo(1);
        assertThat(link.keys().reported(0)).isTrue();
        pass();
        assertThat(challenges()).isEqualTo(2);
        assertThat(keys().period()).isEqualTo(2);
        assertThat(link.keys().reported(0)).isTrue();
        pass();
        assertThat(challenges()).as("not within ten seconds").isEqualTo(2);
        passLater(Duration.ofSeconds(10));
        assertThat(challenges()).isEqualTo(3);
        assertThat(link.keys().reported(3)).isFalse();
        passLater(Duration.ofMinutes(1));
        assertThat(challenges()).isEqualTo(3);
    }

    @Test
    void nodeOfAnEarlierVersion_isSentNothing() throws Exception {
        connect(EDGE, false);
        pass();
        assertThat(keyd.requests).isEmpty();
        assertThat(keys()).isEqualTo(NodeKeysView.NONE);
    }

    @Test
    void nextRound_isForAReasonOnly() throws Exception {
        connect(EDGE, true);
        pass();
        passLater(Duration.ofHours(1));
        assertThat(challenges()).isEqualTo(1);
        grant(RIVAL, 1);
        pass();
        assertThat(challenges()).as("another tenant").isEqualTo(2);
        rounds.rotated(RIVAL);
        pass();
        assertThat(challenges()).as("not within ten seconds").isEqualTo(2);
        passLater(Duration.ofSeconds(10));
        assertThat(challenges()).as("another version").isEqualTo(3);
        grant(RIVAL, 2);
        passLater(Duration.ofSeconds(10));
        assertThat(challenges()).as("another grant").isEqualTo(4);
        passLater(RENEWAL.minusSeconds(1));
        assertThat(challenges()).isEqualTo(4);
        passLater(Duration.ofSeconds(1));
        assertThat(challenges()).as("half of a period").isEqualTo(5);
        assertThat(keys().period()).isEqualTo(5);
    }

    @Test
    void nodeThatConnectsAgainAndAgain_getsOneRoundInTenSeconds() throws Exception {
        for (int i = 0; i < 50; i++) {
            connect(EDGE, true);
            pass();
        }
        assertThat(challenges()).isEqualTo(1);
        passLater(Duration.ofSeconds(10));
        assertThat(challenges()).isEqualTo(2);
    }

    @Test
    void statementOfAnotherNode_goesNoFurther() throws Exception {
        connect(EDGE, true);
        stated = said -> {
            var challenge = keyd.asked(KeydRequest.Challenge.class).size();
            assertThat(challenge).isEqualTo(1);
            return said.setStatement(other(said.getStatement()));
        };
        pass();
        assertThat(keys().fault()).isEqualTo("wrong_node");
        assertThat(keyd.asked(KeydRequest.Seal.class)).isEmpty();
        assertThat(blobs).isEmpty();
    }

    private static ByteString other(ByteString statement) {
        try {
            var own = Envelope.parse(statement.toByteArray(), dev.mvm.protocol.keyd.node.KeyStatement.TYPE);
            var text = new String(own.payload().array(), US_ASCII).replace("edge-1", "edge-2");
            return ByteString.copyFrom(Envelopes.bytes(
                    Envelopes.unsigned(dev.mvm.protocol.keyd.node.KeyStatement.TYPE, text.getBytes(US_ASCII))));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void statementThatIsNoneOrTooLarge_goesNoFurther() throws Exception {
        connect(EDGE, true);
        stated = said -> said.setStatement(ByteString.copyFromUtf8("{}"));
        pass();
        assertThat(keys().fault()).isEqualTo("statement_malformed");
        stated = said -> said.setStatement(ByteString.copyFrom(new byte[1_000_001]));
        passLater(Duration.ofHours(1));
        assertThat(keys().fault()).isEqualTo("statement_too_large");
        stated = said -> said.setEvidence(ByteString.copyFrom(new byte[65_537]));
        passLater(Duration.ofHours(1));
        assertThat(keys().fault()).isEqualTo("statement_too_large");
        assertThat(keyd.asked(KeydRequest.Seal.class)).isEmpty();
    }

    @Test
    void nodesReason_isCutToACode_andCountedAsOne() throws Exception {
        connect(EDGE, true);
        stated = said -> said.clearStatement().setReason("Hack\n: the planet");
        pass();
        assertThat(keys().fault()).isEqualTo("unspecified");
        blobAnswer = KeyBlobAnswer.newBuilder().setReason("hostd_wrong_fleet").build();
        stated = said -> said;
        passLater(Duration.ofHours(1));
        assertThat(keys().fault()).isEqualTo("hostd_wrong_fleet");
        assertThat(rounds.counters().counts(CoordinatorMetric.KEY_ROUNDS)).containsOnlyKeys(List.of("node"));
        assertThat(rounds.holders()).isEmpty();
    }

    @Test
    void serviceThatIsDown_isAskedAgain_withGrowingPauses() throws Exception {
        connect(EDGE, true);
        keyd.stop();
        pass();
        assertThat(keys().fault()).isEqualTo("keyd_unreachable");
        for (int second = 0; second < 600; second++) {
            passLater(Duration.ofSeconds(1));
        }
        assertThat(ended("keyd_unreachable")).as("tries in ten minutes").isBetween(5L, 8L);
        keyd.start();
        passLater(Turn.LONGEST.plus(Turn.SPACING));
        assertThat(keys().fault()).isEmpty();
        assertThat(keys().period()).isEqualTo(1);
        assertThat(told()).containsExactly("keys_not_taken", "keys_taken");
    }

    @Test
    void failureWhoseCauseMayBeGone_isFollowedByARoundAtOnce() throws Exception {
        connect(EDGE, true);
        keyd.stop();
        pass();
        for (int minute = 0; minute < 60; minute++) {
            passLater(Duration.ofMinutes(1));
        }
        keyd.start();
        pass();
        assertThat(keys().fault()).as("a pause after failures").isEqualTo("keyd_unreachable");
        rounds.documentsChanged();
        pass();
        assertThat(keys().fault()).isEmpty();
        assertThat(told()).containsExactly("keys_not_taken", "keys_taken");
    }

    @Test
    void serviceThatDoesNotAnswer_andNodeThatDoesNot_endTheRound() throws Exception {
        connect(EDGE, true);
        keyd.silent = true;
        rounds = rounds(Duration.ofMillis(50), Duration.ofMinutes(2));
        pass();
        assertThat(keys().fault()).isEqualTo("keyd_unreachable");
        keyd.silent = false;
        mute = true;
        rounds = rounds(Duration.ofMinutes(2), Duration.ofMillis(50));
        pass();
        assertThat(keys().fault()).isEqualTo("timed_out");
    }

    @Test
    void tenantThatIsLeftOut_isShown_andTriedAgainIfThatCanHelp() throws Exception {
        connect(EDGE, true);
        keyd.leftOut.put(ACME, "not_released_here");
        pass();
        assertThat(keys().refused()).isEqualTo(Map.of("acme", "not_released_here"));
        assertThat(told()).containsExactly("keys_taken", "keys_refused");
        passLater(Duration.ofHours(1));
        assertThat(challenges()).as("nothing has changed").isEqualTo(1);
        rounds.documentsChanged();
        keyd.leftOut.put(ACME, "rationed");
        pass();
        assertThat(challenges()).as("a document has").isEqualTo(2);
        passLater(Duration.ofMinutes(1));
        assertThat(challenges()).as("rations fill up").isEqualTo(3);
        keyd.leftOut.clear();
        passLater(Duration.ofMinutes(2));
        assertThat(challenges()).isEqualTo(4);
        assertThat(keys().refused()).isEmpty();
        passLater(Duration.ofHours(1));
        assertThat(challenges()).isEqualTo(4);
    }

    /// The coordinator has a grant that names keys, or the tenant were not asked for.
    @ParameterizedTest
    @ValueSource(strings = {"grant_unknown", "key_unknown"})
    void tenantWhoseGrantOrKeysTheServiceLacks_isTriedAgain(String reason) throws Exception {
        connect(EDGE, true);
        keyd.leftOut.put(ACME, reason);
        pass();
        assertThat(keys().refused()).isEqualTo(Map.of("acme", reason));
        keyd.leftOut.clear();
        passLater(Duration.ofMinutes(1));
        assertThat(challenges()).isEqualTo(2);
        assertThat(keys().refused()).isEmpty();
    }

    @Test
    void proof_continuesTheHeadThatTheServiceWasShown() throws Exception {
        connect(EDGE, true);
        pass();
        grant(RIVAL, 1);
        keyd.logSize = 1;
        passLater(Duration.ofSeconds(10));
        assertThat(keyd.asked(KeydRequest.Seal.class).getFirst().proof().array())
                .asString()
                .contains("\"consistency\":[]");
        assertThat(keyd.asked(KeydRequest.Seal.class).getLast().proof().array())
                .asString()
                .contains("\"index\":1", "\"consistency\":[\"");
    }
}
