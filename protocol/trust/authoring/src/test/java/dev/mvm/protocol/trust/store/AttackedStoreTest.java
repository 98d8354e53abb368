package dev.mvm.protocol.trust.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.attack.Attack;
import dev.mvm.protocol.trust.attack.Attacks;
import dev.mvm.protocol.trust.attack.Position;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every attack on a store that has two states behind it and two tenants in force.
final class AttackedStoreTest {
    private final Ceremony ceremony = new Ceremony();
    private final MemoryFiles files = new MemoryFiles();
    private final TestLog log = new TestLog();
    private final List<Verified<Grant>> grants = List.of(
            ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0)), ceremony.verified(Ceremony.grant(Ceremony.SECOND, 1)));
    private TrustStore store;

    private TrustStore open() throws IOException {
        return TrustStore.open(
                files,
                ceremony.verifier,
                ceremony.root(),
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> Ceremony.NOW, () -> 0),
                complaint -> {
                    throw new AssertionError(complaint);
                });
    }

    @BeforeEach
    void twoStates() throws Exception {
        store = open();
        for (var grant : grants) {
            store.installGrant(grant.envelope());
        }
        var first = Ceremony.state(grants, new Counts(1, 0, 0));
        install(first);
        install(new NodeState(
                first.node(),
                2,
                Optional.of(Digest.of(Payloads.of(first))),
                first.issuedAt(),
                first.expires(),
                first.grants(),
                first.tenants()));
    }

    private void install(NodeState state) throws RefusedException, IOException {
        var envelope = Bytes.of(ceremony.signed(state));
        store.installState(envelope, log.proof(envelope, ceremony.stateKey, store.floor()));
    }

    private Position position() {
        return new Position(store.installed().orElseThrow().state(), grants);
    }

    @Test
    @Tag("claim-T1")
    @Tag("claim-T2")
    @Tag("claim-T4")
    @Tag("claim-T6")
    @Tag("claim-T9")
    void everyAttack_isRefusedForItsReasonAndChangesNothing() throws Exception {
        var attacks =
                Attacks.all(position(), ceremony.stateKey, store.floor().log().orElseThrow(), Ceremony.NOW);
        assertThat(new HashSet<>(attacks.stream().map(Attack::name).toList())).hasSameSizeAs(attacks);
        var before = content();
        var floor = store.floor();
        for (var attack : attacks) {
            assertThatExceptionOfType(RefusedException.class)
                    .as(attack.name())
                    .isThrownBy(() -> offer(attack))
                    .satisfies(e -> assertThat(e.reason()).as(attack.name()).isEqualTo(attack.reason()));
            assertThat(store.floor()).as(attack.name()).isEqualTo(floor);
        }
        assertThat(content()).isEqualTo(before);
        assertThat(open().floor()).isEqualTo(floor);
    }

    /// Otherwise the attacks could be refused for something that all of them have in common.
    @Test
    void whatTheAttacksAreMadeFrom_isTaken() throws Exception {
        install(position().next());
        assertThat(store.floor().sequence()).isEqualTo(3);
    }

    private void offer(Attack attack) throws RefusedException, IOException {
        if (attack.as().equals(DocumentType.ROOT)) {
            store.installRoot(attack.envelope());
        } else if (attack.as().equals(DocumentType.GRANT)) {
            store.installGrant(attack.envelope());
        } else if (attack.as().equals(DocumentType.NODE_STATE)) {
            store.installState(attack.envelope(), attack.proof());
        } else {
            throw new AssertionError("no node takes it: " + attack.as());
        }
    }

    private List<String> content() {
        var all = new ArrayList<String>();
        files.all().forEach((name, content) -> all.add(name + " " + Digest.of(content)));
        return all.stream().sorted().toList();
    }
}
