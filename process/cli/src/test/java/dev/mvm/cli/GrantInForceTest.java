package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;

/// Command lines against a coordinator that has a grant of the tenant `demo` in force, with the pool `web`.
abstract class GrantInForceTest extends CommandTest {
    Path trust;
    Path spool;

    @BeforeEach
    final void grantInForce() throws Exception {
        trust = dir.resolve("trust");
        spool = Files.createDirectory(dir.resolve("spool"));
        done("trust", "init", "--dir", trust.toString());
        serve(signedGrant("demo", trust));
        answer("POST /v1/grants", "{\"tenant\":\"demo\",\"grant_expires\":\"2027-01-01T00:00:00Z\"}");
    }

    final CommandRun done(String... words) {
        var run = mvm(words);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run;
    }

    final Path signedGrant(String tenant, Path keys) {
        var file = dir.resolve("g-" + tenant + "-" + keys.getFileName() + ".json");
        done("grant", "init", tenant, file.toString(), "--net", "0", "--pool", "web", "--revision", revision() + "");
        done(
                "grant",
                "sign",
                file.toString(),
                "--key",
                keys.resolve("grant.key").toString());
        return Path.of(file + ".dsse");
    }

    /// Makes keys of operators that this fleet does not have.
    final Path others() {
        var others = dir.resolve("others");
        done("trust", "init", "--dir", others.toString());
        return others;
    }

    /// Has the coordinator name a grant as that of `demo`, and serve it.
    final void serve(Path signed) throws Exception {
        var bytes = Files.readAllBytes(signed);
        serve(Envelope.parse(bytes, DocumentType.GRANT).payload().digest(), bytes);
    }

    final void serve(Digest named, byte[] bytes) {
        answer(
                "GET /v1/tenants",
                "{\"tenants\":[{\"tenant\":\"demo\",\"grant\":\"" + named + "\"},{\"tenant\":\"new\"}]}");
        answer(
                "GET /v1/grants?digest=" + named,
                "{\"envelope\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"}");
    }

    /// Puts the operators' key for grants and the node's spool at hand.
    final void dev() throws Exception {
        Files.writeString(settings(), Files.readString(settings()) + "grant-key = trust/grant.key\nspool = spool\n");
    }

    /// Returns the grant that was published.
    final Grant sent() throws Exception {
        var request = requests.stream()
                .filter(each -> each.startsWith("POST /v1/grants"))
                .findFirst()
                .orElseThrow();
        var text = request.replaceFirst(".*\"envelope\":\"([^\"]*)\".*", "$1");
        var envelope = Envelope.parse(Base64.getDecoder().decode(text), DocumentType.GRANT);
        return DocumentFiles.grant(envelope).grant();
    }

    final List<String> posts() {
        return requests.stream().filter(each -> each.startsWith("POST")).toList();
    }
}
