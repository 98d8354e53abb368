package dev.mvm.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.audit.AuditChain;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks on files of an audit whose records the node signs, by someone with write access and without the node's key.
@SuppressWarnings("MustBeClosedChecker") // closed by close()
final class SignedAuditTest {
    private static final int RECORDS = 4;

    private final SigningKey node = key(1);
    private final SigningKey other = key(2);

    @TempDir
    private Path folder;

    private Path file;
    private List<String> lines = List.of();

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("audit/audit-000000000001.jsonl");
        append(Optional.of(node), RECORDS);
        lines = lines();
    }

    @AfterEach
    void close() {
        node.close();
        other.close();
    }

    private static SigningKey key(int number) {
        var seed = new byte[32];
        seed[0] = (byte) number;
        var library = Ed25519Library.here();
        return library.key(seed, library.publicHalf(seed));
    }

    private void append(Optional<SigningKey> key, int records) throws IOException {
        var log = new AuditLog(
                folder.resolve("audit"),
                "hostd",
                () -> Instant.parse("2026-03-01T00:00:00Z"),
                line -> {
                    throw new AssertionError(line);
                },
                key.map(SignedAuditTest::signer));
        for (int i = 1; i <= records; i++) {
            log.noted("start_instance", "i-0000000" + i, "done");
        }
    }

    private static AuditChain.Signer signer(SigningKey key) {
        return message -> {
            try {
                return Bytes.of(key.sign(message));
            } catch (SigningException e) {
                throw new IOException(e);
            }
        };
    }

    private List<String> lines() throws IOException {
        return Files.readString(file).lines().map(line -> line + "\n").toList();
    }

    private AuditVerification.Result verify(SigningKey... keys) throws IOException {
        var halves = new ArrayList<VerifyKey>();
        for (var key : keys) {
            halves.add(key.verifyKey());
        }
        var signatures = new AuditSignatures(halves, Ed25519Library.here().check());
        return AuditVerification.of(List.of(file), Optional.empty(), signatures);
    }

    private void found(String what, List<String> changed, SigningKey... keys) throws IOException {
        Files.writeString(file, String.join("", changed));
        assertThat(verify(keys))
                .isInstanceOfSatisfying(
                        AuditVerification.Broken.class,
                        broken -> assertThat(broken.what()).contains(what));
    }

    private static void signedFrom(long first, AuditVerification.Result result) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        AuditVerification.Intact.class,
                        intact -> assertThat(intact.signed()).isEqualTo(first));
    }

    @Test
    @Tag("claim-R2")
    void recordsOfTheNode_areSigned() throws Exception {
        signedFrom(1, verify(node));
        signedFrom(1, verify(other, node));
        signedFrom(1, verify());
    }

    /// The hash chain alone cannot tell: no record names the last one's hash.
    @Test
    @Tag("claim-R2")
    void alteredLastRecord_isFound() throws Exception {
        var last = lines.getLast();
        for (int at = 0; at < last.length(); at++) {
            var changed = new ArrayList<>(lines);
            char other = last.charAt(at) == 'x' ? 'y' : 'x';
            changed.set(RECORDS - 1, last.substring(0, at) + other + last.substring(at + 1));
            found("", changed, node);
        }
    }

    @Test
    @Tag("claim-R2")
    void chainOfAnotherKey_isFound() throws Exception {
        Files.delete(file);
        append(Optional.of(other), RECORDS);
        found("record 1 is not signed by the node", lines(), node);
    }

    @Test
    @Tag("claim-R2")
    void recordThatIsAddedWithAnotherKey_isFound() throws Exception {
        append(Optional.of(other), 1);
        found("record 5 is not signed by the node", lines(), node);
        signedFrom(1, verify(node, other));
    }

    /// Also by those who do not know the key.
    @Test
    @Tag("claim-R2")
    void recordThatIsAddedWithoutSignature_isFound() throws Exception {
        append(Optional.empty(), 1);
        found("record 5 has no signature, and record 1 has one", lines(), node);
        found("record 5 has no signature, and record 1 has one", lines());
    }

    @Test
    @Tag("claim-R2")
    void chainWithoutSignatures_isFound() throws Exception {
        Files.delete(file);
        append(Optional.empty(), RECORDS);
        found("no record is signed", lines(), node);
        signedFrom(0, verify());
    }

    /// As before an upgrade of hostd, or before the node had a key.
    @Test
    @Tag("claim-R2")
    void recordsFromBefore_areTold() throws Exception {
        Files.delete(file);
        append(Optional.empty(), 2);
        append(Optional.of(node), 2);
        signedFrom(3, verify(node));
    }

    @Test
    @Tag("claim-R2")
    void movedSignature_isFound() throws Exception {
        var changed = new ArrayList<>(lines);
        var signature = lines.get(1).replaceFirst(".*(,\"signature\".*\n)", "$1");
        changed.set(RECORDS - 1, lines.getLast().replaceFirst(",\"signature\".*\n", signature));
        found("record 4 is not signed by the node", changed, node);
    }
}
