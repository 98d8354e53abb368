package dev.mvm.protocol.trust.transparency;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.Verified;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LogProofTest {
    private final Ceremony ceremony = new Ceremony();

    private static ReferenceTree tree(String name, int size) {
        return new ReferenceTree(IntStream.range(0, size)
                .mapToObj(i -> Merkle.leaf((name + i).getBytes(UTF_8)))
                .toList());
    }

    private static String headText(long size, Digest root) {
        return "{\"schema\":1,\"size\":" + size + ",\"root_hash\":\"" + root
                + "\",\"issued_at\":\"2026-06-01T12:00:00Z\"}";
    }

    private byte[] signed(String payload) {
        return Ceremony.signed(DocumentType.TREE_HEAD, payload.getBytes(UTF_8), ceremony.stateKey);
    }

    private Verified<TreeHead> head(ReferenceTree tree, int size) throws RefusedException {
        return ceremony.verifier.treeHead(ceremony.root(), signed(headText(size, tree.root(size))));
    }

    private static LogProof proof(
            Verified<TreeHead> head, int index, List<Digest> inclusion, List<Digest> consistency) {
        return new LogProof(head.envelope(), index, inclusion, consistency);
    }

    private static void refused(DocumentReason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(RefusedException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.getMessage()).doesNotContain("\n");
        });
    }

    @Test
    void headOfEnoughStateKeys_isBelieved() throws Exception {
        var tree = tree("a", 5);
        var head = head(tree, 5).value();
        assertThat(head).isEqualTo(new TreeHead(5, tree.root(5), Ceremony.NOW));
    }

    @Test
    @Tag("claim-T9")
    void headThatTheStateKeysDidNotSign_isRefused() {
        var text = headText(1, Ceremony.SOME).getBytes(UTF_8);
        var root = ceremony.root();
        refused(
                DocumentReason.UNTRUSTED_KEY,
                () -> ceremony.verifier.treeHead(
                        root, Ceremony.signed(DocumentType.TREE_HEAD, text, ceremony.grantKey)));
        refused(
                DocumentReason.WRONG_TYPE,
                () -> ceremony.verifier.treeHead(
                        root, Ceremony.signed(DocumentType.NODE_STATE, text, ceremony.stateKey)));
        refused(
                DocumentReason.UNSIGNED,
                () -> ceremony.verifier.treeHead(root, Ceremony.signed(DocumentType.TREE_HEAD, text)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"schema\":2,\"size\":1,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00Z\"}",
                "{\"schema\":1,\"size\":0,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00Z\"}",
                "{\"schema\":1,\"size\":-1,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00Z\"}",
                "{\"schema\":1,\"size\":1.0,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00Z\"}",
                "{\"schema\":1,\"size\":9223372036854775808,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00Z\"}",
                "{\"schema\":1,\"size\":1,\"root_hash\":\"HAS\",\"issued_at\":\"2026-06-01T12:00:00Z\"}",
                "{\"schema\":1,\"size\":1,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00.5Z\"}",
                "{\"schema\":1,\"size\":1,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00Z\",\"x\":1}",
                "{\"schema\":1,\"size\":1,\"size\":1,\"root_hash\":\"HASH\",\"issued_at\":\"2026-06-01T12:00:00Z\"}"
            })
    void headThatIsNotStrictJson_isRefusedEvenWhenSigned(String text) {
        var root = ceremony.root();
        var envelope = signed(text.replace("HASH", Ceremony.SOME.value()));
        refused(DocumentReason.MALFORMED, () -> ceremony.verifier.treeHead(root, envelope));
    }

    @Test
    void headLargerThanAHeadMayBe_isRefused() {
        var root = ceremony.root();
        var envelope = signed(headText(1, Ceremony.SOME) + " ".repeat(DocumentType.TREE_HEAD.maxBytes()));
        refused(DocumentReason.TOO_LARGE, () -> ceremony.verifier.treeHead(root, envelope));
    }

    @Test
    void everyStateOfEveryTree_isAccepted_fromEveryHeadBeforeIt() throws Exception {
        var tree = tree("a", 12);
        for (int size = 1; size <= 12; size++) {
            var head = head(tree, size);
            for (int index = 0; index < size; index++) {
                var leaf = tree.leaves().get(index);
                var inclusion = tree.inclusion(index, size);
                assertThat(proof(head, index, inclusion, List.of()).accept(head, Optional.empty(), leaf))
                        .isEqualTo(head.value());
                assertThat(proof(head, index, inclusion, List.of()).accept(head, Optional.of(head.value()), leaf))
                        .isEqualTo(head.value());
                for (int kept = 1; kept < size; kept++) {
                    var before = new TreeHead(kept, tree.root(kept), Ceremony.NOW);
                    var full = proof(head, index, inclusion, tree.consistency(kept, size));
                    assertThat(full.accept(head, Optional.of(before), leaf)).isEqualTo(head.value());
                }
            }
        }
    }

    @Test
    @Tag("claim-T9")
    void stateThatIsNotInTheLog_isRefused() throws Exception {
        var tree = tree("a", 7);
        var head = head(tree, 7);
        var good = proof(head, 3, tree.inclusion(3, 7), List.of());
        refused(
                DocumentReason.LOG_PROOF,
                () -> good.accept(head, Optional.empty(), Merkle.leaf("other".getBytes(UTF_8))));
        var leaf = tree.leaves().get(3);
        for (int index : new int[] {0, 2, 4, 7, Integer.MAX_VALUE}) {
            refused(
                    DocumentReason.LOG_PROOF,
                    () -> proof(head, index, good.inclusion(), List.of()).accept(head, Optional.empty(), leaf));
        }
        refused(
                DocumentReason.LOG_PROOF,
                () -> proof(head, 3, List.of(), List.of()).accept(head, Optional.of(head.value()), leaf));
    }

    @Test
    @Tag("claim-T9")
    void logThatWasForked_isRefused_whereverItForks() throws Exception {
        var known = tree("a", 12);
        for (int fork = 0; fork < 8; fork++) {
            var leaves = new java.util.ArrayList<>(known.leaves().subList(0, fork));
            leaves.addAll(tree("b", 12).leaves().subList(fork, 12));
            var other = new ReferenceTree(leaves);
            var kept = Optional.of(new TreeHead(8, known.root(8), Ceremony.NOW));
            for (int size = 8; size <= 12; size++) {
                var head = head(other, size);
                var path = size == 8 ? List.<Digest>of() : other.consistency(8, size);
                var lie = proof(head, size - 1, other.inclusion(size - 1, size), path);
                var leaf = other.leaves().get(size - 1);
                refused(DocumentReason.LOG_INCONSISTENT, () -> lie.accept(head, kept, leaf));
                assertThat(lie.accept(head, Optional.empty(), leaf))
                        .as("a receiver without an earlier head cannot know")
                        .isEqualTo(head.value());
            }
        }
    }

    @Test
    @Tag("claim-T9")
    void growthWithoutItsProof_isRefused() throws Exception {
        var tree = tree("a", 9);
        var head = head(tree, 9);
        var kept = Optional.of(new TreeHead(4, tree.root(4), Ceremony.NOW));
        var bare = proof(head, 8, tree.inclusion(8, 9), List.of());
        refused(
                DocumentReason.LOG_INCONSISTENT,
                () -> bare.accept(head, kept, tree.leaves().get(8)));
        var ofAnother = proof(head, 8, tree.inclusion(8, 9), tree.consistency(5, 9));
        refused(
                DocumentReason.LOG_INCONSISTENT,
                () -> ofAnother.accept(head, kept, tree.leaves().get(8)));
    }

    /// A receiver that has kept the head and crashed before it kept the state gets the same proof again.
    @Test
    void proofFromAnEarlierHead_isGoodForOneThatHasTheHeadAlready() throws Exception {
        var tree = tree("a", 9);
        var head = head(tree, 9);
        var proof = proof(head, 8, tree.inclusion(8, 9), tree.consistency(4, 9));
        assertThat(proof.accept(head, Optional.of(head.value()), tree.leaves().get(8)))
                .isEqualTo(head.value());
    }

    @Test
    @Tag("claim-T9")
    void smallerLogThanBefore_isRefused() throws Exception {
        var tree = tree("a", 9);
        var head = head(tree, 4);
        var kept = Optional.of(new TreeHead(9, tree.root(9), Ceremony.NOW));
        var proof = proof(head, 3, tree.inclusion(3, 4), List.of());
        refused(
                DocumentReason.LOG_ROLLBACK,
                () -> proof.accept(head, kept, tree.leaves().get(3)));
    }

    private static String text(String head, String index, String inclusion, String consistency) {
        return "{\"schema\":1,\"head\":\"" + head + "\",\"index\":" + index + ",\"inclusion\":[" + inclusion
                + "],\"consistency\":[" + consistency + "]}";
    }

    @Test
    void proof_isReadAsItIs() throws Exception {
        var hex = Ceremony.SOME.hex();
        var head = Base64.getEncoder().encodeToString("head".getBytes(UTF_8));
        assertThat(LogProof.parse(text(head, "3", "\"" + hex + "\"", "").getBytes(UTF_8)))
                .isEqualTo(new LogProof(Bytes.of("head".getBytes(UTF_8)), 3, List.of(Ceremony.SOME), List.of()));
    }

    @Test
    @Tag("claim-T9")
    void noProofAtAll_isItsOwnReason() {
        refused(DocumentReason.NOT_LOGGED, () -> LogProof.parse(new byte[0]));
    }

    @Test
    @Tag("claim-T6")
    void proofThatIsNotStrict_isRefused() {
        var hex = "\"" + Ceremony.SOME.hex() + "\"";
        for (var text : List.of(
                " ",
                "{}",
                text("aGVhZA", "0", "", ""),
                text("aGVhZB==", "0", "", ""),
                text("aGVhZA==", "-1", "", ""),
                text("aGVhZA==", "9223372036854775808", "", ""),
                text("aGVhZA==", "0", "1", ""),
                text("aGVhZA==", "0", hex.toUpperCase(java.util.Locale.ROOT), ""),
                text("aGVhZA==", "0", hex.replaceFirst("..\"$", "\""), ""),
                text("aGVhZA==", "0", "\"" + Ceremony.SOME.value() + "\"", ""),
                text("aGVhZA==", "0", (hex + ",").repeat(64) + hex, ""),
                text("aGVhZA==", "0", "", (hex + ",").repeat(64) + hex),
                text("aGVhZA==", "0", "", "") + " x",
                text("aGVhZA==", "0,\"x\":1", "", ""))) {
            refused(DocumentReason.MALFORMED, () -> LogProof.parse(text.getBytes(UTF_8)));
        }
        var long_ = text("aGVhZA==", "0", "", "") + " ".repeat(LogProof.MAX_BYTES);
        refused(DocumentReason.TOO_LARGE, () -> LogProof.parse(long_.getBytes(UTF_8)));
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitraryProof_isReadWithinItsBoundsOrRefused(byte[] data) {
        try {
            var proof = LogProof.parse(data);
            assertThat(proof.index()).isNotNegative();
            assertThat(proof.inclusion()).hasSizeLessThanOrEqualTo(LogProof.MAX_PATH);
            assertThat(proof.consistency()).hasSizeLessThanOrEqualTo(LogProof.MAX_PATH);
        } catch (RefusedException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitrarySignedHead_isAHeadOrMalformed(byte[] data) {
        try {
            var head = ceremony.verifier.treeHead(
                    ceremony.root(), Ceremony.signed(DocumentType.TREE_HEAD, data, ceremony.stateKey));
            assertThat(head.value().size()).isPositive();
        } catch (RefusedException e) {
            assertThat(e.reason()).isIn(DocumentReason.MALFORMED, DocumentReason.TOO_LARGE);
        }
    }
}
