package dev.mvm.agentd.credential;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The choice between the installed credential and the renewed one.
final class CredentialsTest {
    private static final Duration MONTH = Duration.ofDays(30);

    @TempDir
    private Path dir;

    private final MemoryStateFiles own = new MemoryStateFiles();
    private final List<String> log = new ArrayList<>();
    private final List<Credential> used = new ArrayList<>();
    private Instant now = Ceremony.NOW;
    private TestAuthority authority;
    private Credential first;

    @BeforeEach
    void install() throws Exception {
        authority = TestAuthority.create(now);
        first = authority.credential(now, MONTH);
        TestAuthority.install(dir, first);
    }

    private Credentials open() throws Exception {
        var out = Credentials.open(dir, own, Ceremony.NODE, () -> now, log::add);
        out.listen(used::add);
        return out;
    }

    private void isUsed(Credentials credentials, Credential expected) {
        assertThat(credentials.current().same(expected))
                .as("%s instead of %s", credentials.current(), expected)
                .isTrue();
    }

    private Credential renew(Credentials credentials, Duration life) throws Exception {
        var fresh = authority.credential(now, life);
        credentials.renewed(fresh);
        return fresh;
    }

    @Test
    void renewed_isUsedAtOnceAndAfterARestart() throws Exception {
        var open = open();
        isUsed(open, first);
        now = now.plus(Duration.ofDays(10));
        var fresh = renew(open, MONTH);
        isUsed(open, fresh);
        assertThat(used).hasSize(1);
        open.reload();
        isUsed(open, fresh);
        isUsed(open(), fresh);
        assertThat(own.files).hasSize(1); // key and certificate in one: never those of two
    }

    @Test
    void installedLater_isUsedInPlaceOfTheRenewedOne() throws Exception {
        var open = open();
        now = now.plus(Duration.ofDays(10));
        renew(open, MONTH);
        now = now.plus(Duration.ofDays(1));
        var other = TestAuthority.create(now);
        var third = other.credential(now, MONTH);
        TestAuthority.install(dir, third);
        open.reload();
        isUsed(open, third);
        assertThat(open.current().authorities()).containsExactly(other.certificate());
        isUsed(open(), third);
    }

    @Test
    void installedOneThatIsStillValid_goesBeforeARenewedOneThatHasExpired() throws Exception {
        var year = authority.credential(now, Duration.ofDays(365));
        TestAuthority.install(dir, year);
        var open = open();
        now = now.plus(Duration.ofDays(120));
        renew(open, MONTH);
        now = now.plus(Duration.ofDays(60)); // the machine was off
        isUsed(open(), year);
        open.reload();
        isUsed(open, year);
    }

    @Test
    void keyOfOneAndCertificateOfAnother_areNotUsed() throws Exception {
        var open = open();
        var second = authority.credential(now.plusSeconds(60), MONTH);
        Files.writeString(dir.resolve("cert.pem"), Pem.of(second.certificate()));
        open.reload();
        open.reload();
        isUsed(open, first);
        assertThat(log).hasSize(1).first().asString().endsWith("cannot be used: the key is not the certificate's");
        assertThatThrownBy(this::open).isInstanceOf(GeneralSecurityException.class);
        TestAuthority.install(dir, second);
        open.reload();
        isUsed(open, second);
    }

    @Test
    void anotherNodesCredential_isNotUsed() throws Exception {
        var pair = CertificateRequest.newKey();
        var wanted = TestAuthority.Wanted.named("spiffe://mvm/node/other");
        var others = new Credential(
                pair.getPrivate(),
                authority.issue(wanted, pair.getPublic(), now.plusSeconds(1), MONTH),
                first.authorities(),
                now);
        own.put("credential.pem", others.text());
        isUsed(open(), first);
        assertThat(log).containsExactly("the renewed credential is another node's, and is passed over");
        TestAuthority.install(dir, others);
        assertThatThrownBy(this::open).hasMessageEndingWith("its certificate is not one of node n-one");
    }

    @Test
    void damagedRenewedFile_isPassedOver() throws Exception {
        var whole = new String(first.text(), US_ASCII);
        for (var damaged : List.of(
                "", "x", whole.substring(0, whole.length() / 2), whole.substring(whole.indexOf("-----BEGIN CERT")))) {
            own.put("credential.pem", damaged.getBytes(US_ASCII));
            log.clear();
            isUsed(open(), first);
            assertThat(log).hasSize(1);
        }
    }

    @Test
    void whatCannotBeWritten_isNotUsed() throws Exception {
        var open = open();
        own.full = true;
        assertThatThrownBy(() -> renew(open, MONTH)).isInstanceOf(IOException.class);
        isUsed(open, first);
        assertThat(used).isEmpty();
    }

    @Test
    void missingInstalledOne_matters_untilThereIsARenewedOne() throws Exception {
        var open = open();
        now = now.plus(Duration.ofDays(10));
        var fresh = renew(open, MONTH);
        Files.delete(dir.resolve("key.pem"));
        isUsed(open(), fresh);
        own.files.clear();
        assertThatThrownBy(this::open).isInstanceOf(IOException.class);
    }
}
