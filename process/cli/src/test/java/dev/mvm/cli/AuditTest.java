package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A coordinator that was taken over has its own key and shows whatever log it likes: `mvm audit states` says
/// what is wrong with it.
final class AuditTest extends StatesAudit {
    @Test
    void soundLog_isReported() throws Exception {
        var history = usual();
        var run = audit(history.save(dir.resolve("log"), history.head()));
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("states   7", "nodes    2", history.root(7).value())
                .doesNotContain("skipped");
        var document = audit(dir.resolve("none"), dir.resolve("log") + " --json");
        GoldenJson.assertIs(AuditTest.class, "audit-states", document, dir);
    }

    @Test
    @Tag("claim-T9")
    void removedState_isFound() throws Exception {
        var history = usual();
        var head = history.head();
        history.states.remove(6);
        found("other_size: the head covers 7 states, the log has 6", history, head);
        var middle = usual();
        middle.states.remove(2);
        middle.leaves.remove(2);
        // although the head is made to fit
        found("state 2, sequence 3 for n-a: broken_chain: names predecessor sha256:", middle, middle.head());
    }

    @Test
    @Tag("claim-T9")
    void swappedStates_areFound() throws Exception {
        var ofOneNode = usual();
        Collections.swap(ofOneNode.states, 2, 3);
        Collections.swap(ofOneNode.leaves, 2, 3);
        found("state 2, sequence 3 for n-a: broken_chain", ofOneNode, ofOneNode.head());
        var ofTwoNodes = usual();
        var head = ofTwoNodes.head();
        Collections.swap(ofTwoNodes.states, 0, 1);
        found("other_root: the head has root sha256:", ofTwoNodes, head);
    }

    @Test
    @Tag("claim-T9")
    void repeatedState_isFound() throws Exception {
        var history = usual();
        history.states.add(history.states.get(6));
        history.leaves.add(history.leaves.get(6));
        found("state 7, sequence 4 for n-a: replayed: after sequence 4", history, history.head());
    }

    @Test
    @Tag("claim-T9")
    void secondStateOfANumber_isFound() throws Exception {
        var history = new StateHistory(ceremony).state(StateHistory.A, 1);
        var one = history.next(StateHistory.A, 2);
        var other = history.next(StateHistory.A, 3);
        history.add(one, ceremony.stateKey).add(other, ceremony.stateKey);
        found("state 2, sequence 2 for n-a: equivocation", history, history.head());
    }

    @Test
    @Tag("claim-T9")
    void headThatTheCoordinatorDidNotSign_isFound() throws Exception {
        var history = usual();
        found("head: untrusted_key:", history, StateHistory.head(7, history.root(7), Ceremony.Key.fresh()));
        found("head: untrusted_key:", history, StateHistory.head(7, history.root(7), ceremony.grantKey));
        var text = new String(history.head(), java.nio.charset.StandardCharsets.UTF_8);
        int at = text.indexOf("\"sig\":\"") + 7;
        var flipped = text.substring(0, at) + (text.charAt(at) == 'A' ? 'B' : 'A') + text.substring(at + 1);
        found("head: bad_signature:", history, flipped.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    @Tag("claim-T9")
    void headOfOtherStates_isFound() throws Exception {
        var other = new StateHistory(ceremony);
        for (int i = 0; i < 7; i++) {
            other.state(StateHistory.A, i);
        }
        found("other_root: the head has root " + other.root(7), usual(), other.head());
    }

    @Test
    @Tag("claim-T9")
    void olderHead_doesNotCoverWhatCameLater() throws Exception {
        var history = usual();
        found("other_size: the head covers 5 states, the log has more", history, history.head(5));
    }

    @Test
    @Tag("claim-T9")
    void stateThatNoGrantAllows_isFound() throws Exception {
        var tooMany = usual().state(StateHistory.B, 11).state(StateHistory.B, 1);
        found("state 7, sequence 4 for n-b: beyond_grant_count: demo/web", tooMany, tooMany.head());
        var missing = usual();
        missing.grants.clear();
        found("state 0, sequence 1 for n-a: grant_missing: no copy of grant sha256:", missing, missing.head());
        var another = usual();
        another.grants.replaceAll((digest, _) -> {
            var narrower = Payloads.of(Ceremony.grant(Ceremony.DEMO, 1));
            return Ceremony.signed(DocumentType.GRANT, narrower, ceremony.grantKey);
        });
        found("grant_missing: another grant in place of sha256:", another, another.head());
        var selfMade = usual();
        selfMade.grants.replaceAll(
                (digest, _) -> Ceremony.signed(DocumentType.GRANT, Payloads.of(selfMade.granted), ceremony.stateKey));
        found("state 0, sequence 1 for n-a: untrusted_key", selfMade, selfMade.head());
    }

    @Test
    @Tag("claim-T9")
    void stateOfAnotherKey_isFound() throws Exception {
        var history = usual().state(StateHistory.A, 1, Ceremony.Key.fresh());
        found("state 7: untrusted_key: no signature by a key of role state", history, history.head());
        var garbage = usual();
        garbage.states.set(3, new byte[] {'{', '}'});
        found("state 3: malformed: not an envelope", garbage, garbage.head());
    }

    private static TenantKey key(int version, int fill) {
        var check = new byte[TenantKey.CHECK_SIZE];
        Arrays.fill(check, (byte) fill);
        return new TenantKey(new KeyName("disk"), KeyPurpose.VOLUME, version, Bytes.of(check));
    }

    private StateHistory withKeys() {
        return new StateHistory(ceremony, new Grant.Key(new KeyName("disk"), KeyPurpose.VOLUME, 1));
    }

    /// Two nodes are told two keys under one version, which neither can see alone.
    @Test
    @Tag("claim-T9")
    void anotherKeyUnderOneVersion_isFound_whicheverNodesHaveIt() throws Exception {
        var history = withKeys();
        history.add(history.next(StateHistory.A, 1, key(2, 7)), ceremony.stateKey)
                .add(history.next(StateHistory.B, 1, key(2, 7)), ceremony.stateKey)
                .add(history.next(StateHistory.A, 2, key(3, 9)), ceremony.stateKey);
        var saved = history.save(dir.resolve("sound"), history.head());
        assertThat(audit(saved).out()).contains("states   3");
        history.add(history.next(StateHistory.B, 2, key(3, 8)), ceremony.stateKey);
        found(
                "state 3, sequence 2 for n-b: key_equivocation: key disk of tenant demo, version 3, is another key than"
                        + " in state 2",
                history,
                history.head());
        var run = audit(dir.resolve("none"), history.save(dir.resolve("log"), history.head()) + " --json");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).contains("\"reason\" : \"key_equivocation\"", "\"index\" : 3", "in state 2");
    }

    @Test
    @Tag("claim-T9")
    void anotherKeyUnderOneVersionOfOneNode_isFound() throws Exception {
        var history = withKeys();
        history.add(history.next(StateHistory.A, 1, key(2, 7)), ceremony.stateKey)
                .add(history.next(StateHistory.A, 2), ceremony.stateKey)
                .add(history.next(StateHistory.A, 1, key(2, 8)), ceremony.stateKey);
        found("state 2, sequence 3 for n-a: key_equivocation: key disk of tenant demo", history, history.head());
    }

    /// A node takes no version that no blob had, and so may take an older one after it: the log has both.
    @Test
    @Tag("claim-T9")
    void olderVersionAfterANewerOne_isFound() throws Exception {
        var history = withKeys();
        history.add(history.next(StateHistory.A, 1, key(Integer.MAX_VALUE, 7)), ceremony.stateKey)
                .add(history.next(StateHistory.A, 2, key(2, 8)), ceremony.stateKey);
        found("state 1, sequence 2 for n-a: key_superseded: demo, key disk: version 2 after", history, history.head());
    }

    /// A root that names a compromised key takes what that key has said away; another does not.
    @Test
    @Tag("claim-T9")
    void versionsOfBeforeACompromisedKey_mayBeOtherKeys() throws Exception {
        var fresh = Ceremony.Key.fresh();
        var history = withKeys();
        history.add(history.next(StateHistory.A, 1, key(2, 7)), ceremony.stateKey)
                .add(history.next(StateHistory.A, 2, key(2, 8)), fresh);
        var head = StateHistory.head(2, history.root(2), fresh);
        var plain = " --then " + rotated(fresh);
        found("state 1, sequence 2 for n-a: key_equivocation", history, head, plain);
        var compromised = " --then " + rotated(fresh, ceremony.stateKey);
        var saved = history.save(dir.resolve("log"), head);
        assertThat(audit(dir.resolve("none"), saved + compromised).out()).contains("states   2");
    }

    /// A store that was restored from a copy skips numbers; the chain holds.
    @Test
    void skippedNumbers_areCounted() throws Exception {
        var history = usual();
        var next = history.next(StateHistory.A, 1);
        history.add(
                new dev.mvm.protocol.trust.NodeState(
                        next.node(),
                        next.sequence() + 3,
                        next.previous(),
                        next.issuedAt(),
                        next.expires(),
                        next.grants(),
                        next.tenants()),
                ceremony.stateKey);
        var run = audit(history.save(dir.resolve("log"), history.head()));
        assertThat(run.out()).contains("skipped  3 sequence numbers without a state");
    }

    private Path rotated(Ceremony.Key stateKey, Ceremony.Key... compromised) throws Exception {
        var next = new TrustRoot(
                2,
                Ceremony.NOW,
                Ceremony.NOW.plus(Duration.ofDays(365)),
                Map.of(
                        Role.ROOT, Ceremony.keys(1, ceremony.rootKey),
                        Role.GRANT, Ceremony.keys(1, ceremony.grantKey),
                        Role.NODE, Ceremony.keys(1, ceremony.grantKey),
                        Role.STATE, Ceremony.keys(1, stateKey)),
                Stream.of(compromised).map(key -> key.verifyKey().id()).collect(Collectors.toSet()));
        return Files.write(
                dir.resolve("root-2.dsse"), Ceremony.signed(DocumentType.ROOT, Payloads.of(next), ceremony.rootKey));
    }

    @Test
    void logThatOutlivesARoot_isSound() throws Exception {
        var fresh = Ceremony.Key.fresh();
        var then = " --then " + rotated(fresh);
        var history = usual().state(StateHistory.A, 1, fresh).state(StateHistory.B, 2, fresh);
        var saved = history.save(dir.resolve("log"), StateHistory.head(9, history.root(9), fresh));
        assertThat(audit(dir.resolve("none"), saved + then).out()).contains("states   9");
        assertThat(audit(saved).err()).contains("head: untrusted_key: ");
    }

    @Test
    @Tag("claim-T9")
    void keyThatWasReplaced_signsNothingAfterIt() throws Exception {
        var fresh = Ceremony.Key.fresh();
        var then = " --then " + rotated(fresh);
        var history = usual().state(StateHistory.A, 1, fresh).state(StateHistory.B, 2, ceremony.stateKey);
        found("state 8: untrusted_key", history, StateHistory.head(9, history.root(9), fresh), then);
    }

    @Test
    void faultAsJson_hasItsPlace() throws Exception {
        var history = usual().state(StateHistory.B, 11);
        var saved = history.save(dir.resolve("log"), history.head());
        var run = audit(dir.resolve("none"), saved + " --json");
        assertThat(run.status()).isEqualTo(1);
        GoldenJson.assertIs(AuditTest.class, "audit-states-fault", run, dir);
    }

    @Test
    @Tag("claim-T9")
    void statesWithoutAHead_areFound() throws Exception {
        var history = usual();
        var saved = history.save(dir.resolve("log"), history.head());
        Files.delete(saved.resolve("head.dsse"));
        assertThat(audit(saved).err()).contains("other_size: the log has states but no head");
    }
}
