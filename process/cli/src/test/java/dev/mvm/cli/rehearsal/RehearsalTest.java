package dev.mvm.cli.rehearsal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RehearsalTest {
    @TempDir
    Path directory;

    @Test
    void everyLine_endsAsItShould_saysNothing_leavesNothing() throws Exception {
        var said = new ByteArrayOutputStream();
        var out = System.out;
        var err = System.err;
        try (var listener = new PrintStream(said, true, UTF_8)) {
            System.setOut(listener);
            System.setErr(listener);
            assertThat(Rehearsal.perform(directory)).hasSizeGreaterThan(10).allMatch(Rehearsal.Ending::asExpected);
            assertThat(System.out).isSameAs(listener);
            assertThat(System.err).isSameAs(listener);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        assertThat(said.toString(UTF_8)).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    /// A JVM that ends would wait for it.
    @Test
    void noLine_leavesAThreadInASystemCall() throws Exception {
        var before = Thread.getAllStackTraces().keySet();
        Rehearsal.perform(directory);
        for (var thread : Thread.getAllStackTraces().keySet()) {
            if (!before.contains(thread) && thread.getName().contains("Selector")) {
                assertThat(thread.join(Duration.ofSeconds(30)))
                        .as(thread.getName())
                        .isTrue();
            }
        }
    }

    @Test
    void certificate_isOneOfTheAuthority_forADay() throws Exception {
        var now = Instant.parse("2026-01-02T03:04:05Z");
        var identity = Identity.create(now);
        identity.own().verify(identity.authority().getPublicKey());
        identity.own().checkValidity(Date.from(now));
        assertThat(identity.own().getIssuerX500Principal())
                .isEqualTo(identity.authority().getSubjectX500Principal());
        assertThat(identity.own().getBasicConstraints()).isNegative();
        assertThat(identity.authority().getBasicConstraints()).isNotNegative();
    }

    @Test
    void whoHasNoCertificate_getsNoAnswer() throws Exception {
        var identity = Identity.create(Instant.now());
        var known = KeyStore.getInstance("PKCS12");
        known.load(null, null);
        known.setCertificateEntry("authority", identity.authority());
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(known);
        var tls = SSLContext.getInstance("TLSv1.3");
        tls.init(null, trust.getTrustManagers(), null);
        try (var standIn = CannedCoordinator.start(identity);
                var http = HttpClient.newBuilder().sslContext(tls).build()) {
            var request = HttpRequest.newBuilder(standIn.address().resolve("/v1/nodes"));
            assertThatThrownBy(() -> http.send(request.build(), HttpResponse.BodyHandlers.discarding()))
                    .isInstanceOf(IOException.class);
        }
    }
}
