package dev.mvm.keyd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.keyd.release.KeydFleet;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.ProcessMemory;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TimeMark;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// mvm-keyd as a process, under its filter, from its first command on.
final class KeydProcessTest {
    private static final int SEED = 32;
    private static final int DIGITS = 22; // of Base64

    private final KeydSite site;
    private final Path folder;
    private final Ceremony ceremony;
    private final TestLog log = new TestLog();

    KeydProcessTest(@TempDir Path folder) throws Exception {
        this.site = new KeydSite(folder);
        this.folder = folder;
        this.ceremony = site.ceremony;
    }

    private String signingKey() throws Exception {
        return Files.readString(folder.resolve("keyd.key"))
                .lines()
                .filter(line -> !line.startsWith("-"))
                .collect(Collectors.joining());
    }

    private byte[] seed() throws Exception {
        var document = Base64.getDecoder().decode(signingKey());
        return Arrays.copyOfRange(document, document.length - SEED, document.length);
    }

    /// Contents that must not be in its memory. A kernel without memfd_secret(2) shows the signing key to who reads the
    /// memory.
    private Map<String, byte[]> secrets(byte[] nodes) throws Exception {
        try (var memory = SecretMemory.allocate(1)) {
            return memory.means().equals("memfd_secret")
                    ? Map.of("a node's key", nodes, "the signing key", seed(), "its text", text())
                    : Map.of("a node's key", nodes);
        }
    }

    /// The end of the signing key as its file has it, which lies between two line feeds.
    private byte[] text() throws Exception {
        var body = signingKey();
        return body.substring(body.length() - DIGITS).getBytes(US_ASCII);
    }

    private byte[] grant() {
        var plain = Ceremony.grant(Ceremony.DEMO, 0, new Grant.Key(KeydFleet.KEY, KeyPurpose.SNAPSHOT, 1));
        var grant = new Grant(
                plain.tenant(),
                1,
                plain.network(),
                site.now.minusSeconds(60),
                site.now.plus(Duration.ofDays(30)),
                plain.quotas(),
                plain.pools(),
                plain.runtimes(),
                plain.keys(),
                NodeMode.DEV);
        var document = new GrantDocument(grant, Optional.of(KeydFleet.toRack(1, Attestation.NONE)));
        return Ceremony.signed(DocumentType.GRANT, Payloads.of(document), ceremony.grantKey);
    }

    private byte[] state() {
        var verified = ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0));
        return ceremony.signed(new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                site.now.minusSeconds(1),
                site.now.plus(Duration.ofHours(24)),
                List.of(),
                Ceremony.state(verified, new Counts(1, 0, 0)).tenants()));
    }

    /// Asks for keys as a coordinator and a node do.
    ///
    /// @return the one key in the blob, and the period
    private Map.Entry<byte[], Integer> opened(KeydSite.Running keyd, long known) throws Exception {
        var challenge = Envelope.parse(
                keyd.coordinators.challenge(Ceremony.NODE, Bytes.EMPTY).array(), KeyChallenge.TYPE);
        try (var boot = new KeydFleet.Boot(1);
                var plain = SecretMemory.allocate(32)) {
            var statement = new KeyStatement(
                    Digest.of(Payloads.of(site.root())),
                    Ceremony.NODE,
                    challenge.payload().digest(),
                    boot.id,
                    boot.half,
                    NodeMode.DEV,
                    List.of());
            var floor = new HighWaterMark(
                    1,
                    0,
                    Optional.empty(),
                    known == 0 ? Optional.empty() : Optional.of(new TreeHead(known, Ceremony.SOME, site.now)),
                    TimeMark.NONE,
                    Map.of(),
                    Map.of());
            var proof = log.proof(Bytes.of(state()), ceremony.stateKey, floor);
            var sealed = keyd.coordinators.seal(new KeydRequest.Seal(
                    KeydFleet.signed(statement, site.identity), Bytes.EMPTY, Bytes.of(state()), proof));
            assertThat(sealed.refused()).isEmpty();
            var payload =
                    Envelope.parse(sealed.envelope().array(), KeyBlob.TYPE).payload();
            var blob = KeyBlob.parse(payload.array());
            var key = blob.keys().getFirst();
            var aad = blob.aad(key);
            assertThat(new Hpke(new Libcrypto())
                            .open(boot.key, blob.enc().array(), 0, key.sealed().array(), KeyBlob.info(), aad, plain))
                    .isTrue();
            return Map.entry(plain.bytes().toArray(ValueLayout.JAVA_BYTE), blob.period());
        }
    }

    @Test
    void serviceThatWasBackedUpAndRestored_hasTheSameKeys_andWaitsForOperators() throws Exception {
        site.begin();
        Map.Entry<byte[], Integer> before;
        try (var keyd = site.start("one")) {
            keyd.documents.publish(site.node());
            keyd.documents.publish(grant());
            before = opened(keyd, 0);
            assertThat(keyd.documents.status()).contains("\"state\":\"serving\"", "\"pairs\":1");
            assertThat(ProcessMemory.find(keyd.process.pid(), secrets(before.getKey())))
                    .isEmpty();
        }
        var backup = folder.resolve("backup").toString();
        KeydSite.succeeds("backup", "--config", folder.resolve("one.conf").toString(), "--out", backup);
        var two = site.config("two").toString();
        var altered = Files.readAllBytes(Path.of(backup));
        altered[altered.length - 3] ^= 1;
        var bad = Files.write(folder.resolve("altered"), altered).toString();
        KeydSite.fails("restore", "--config", two, "--from", bad);
        KeydSite.succeeds("restore", "--config", two, "--from", backup);
        KeydSite.fails("restore", "--config", two, "--from", backup);
        KeydSite.fails("resume", "--config", two); // the tenant's grant has not come
        try (var keyd = site.start("two")) {
            assertThat(keyd.documents.status()).contains("\"state\":\"held\"");
            assertThatThrownBy(() -> keyd.coordinators.challenge(Ceremony.NODE, Bytes.EMPTY))
                    .isInstanceOfSatisfying(
                            KeydException.class, e -> assertThat(e.reason()).isEqualTo("held"));
            keyd.documents.publish(grant());
        }
        KeydSite.succeeds("resume", "--config", two);
        try (var keyd = site.start("two")) {
            var after = opened(keyd, 1);
            assertThat(after.getKey()).isEqualTo(before.getKey());
            assertThat(after.getValue()).isGreaterThan(before.getValue());
        }
    }

    @Test
    void audit_isExportedAndVerified() throws Exception {
        site.begin();
        try (var keyd = site.start("one")) {
            keyd.documents.publish(site.node());
            keyd.documents.publish(grant());
            opened(keyd, 0);
        }
        var config = folder.resolve("one.conf").toString();
        var file = folder.resolve("audit.jsonl");
        var key = Files.readString(folder.resolve("keyd.key.pub")).strip();
        KeydSite.succeeds("audit", "export", "--config", config, "--out", file.toString());
        KeydSite.succeeds("audit", "verify", file.toString(), "--key", key);
        KeydSite.fails(
                "audit",
                "verify",
                file.toString(),
                "--key",
                site.identity.verifyKey().base64());
        var text = Files.readString(file, US_ASCII).replace("\"tenant\":\"demo\"", "\"tenant\":\"demi\"");
        Files.writeString(file, text, US_ASCII);
        KeydSite.fails("audit", "verify", file.toString(), "--key", key);
        assertThat(text).contains("\"action\":\"release\"").doesNotContain(folder.toString());
    }

    @Test
    void standby_seals_andDoesNothingElse() throws Exception {
        site.begin();
        byte[] before;
        try (var keyd = site.start("one")) {
            keyd.documents.publish(site.node());
            keyd.documents.publish(grant());
            before = opened(keyd, 0).getKey();
        }
        var backup = folder.resolve("backup").toString();
        KeydSite.succeeds("backup", "--config", folder.resolve("one.conf").toString(), "--out", backup);
        var two = site.config("two").toString();
        KeydSite.succeeds("standby", "--config", two, "--from", backup);
        try (var keyd = site.start("two")) {
            assertThat(keyd.documents.status()).contains("\"standby\":true");
            assertThat(opened(keyd, 1).getKey()).isEqualTo(before);
            assertThatThrownBy(() -> keyd.coordinators.rotate(Ceremony.DEMO, KeydFleet.KEY))
                    .isInstanceOfSatisfying(
                            KeydException.class, e -> assertThat(e.reason()).isEqualTo("standby"));
        }
        var again = folder.resolve("again").toString();
        KeydSite.succeeds("backup", "--config", folder.resolve("one.conf").toString(), "--out", again);
        KeydSite.succeeds("standby", "--config", two, "--from", again);
        KeydSite.fails("standby", "--config", two, "--from", backup); // an older one
    }
}
