package dev.mvm.cli.command;

import dev.mvm.cli.certificate.CertificateRequest;
import dev.mvm.cli.certificate.CredentialFiles;
import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs of the noun `operator` that make and renew credentials. A private key stays where it was made.
final class OperatorCredentials {
    private OperatorCredentials() {}

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Command(
            name = "request",
            description = {
                "Make a key for an operator, and a request for its certificate.",
                "Run it where the key is going to be used: it stays there. Give request.pem to an admin, who runs",
                "mvm operator add, and put the cert.pem and ca.pem that come back beside key.pem."
            })
    static final class Request extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name of the new operator.")
        private String name = "";

        @Option(
                names = "--out",
                required = true,
                paramLabel = "DIR",
                description = "Directory for key.pem and request.pem; created if absent.")
        private Path out = Path.of("");

        @Override
        int run() throws Failure, IOException {
            var request = CredentialFiles.newKey(OperatorCommand.name(this, name), out);
            context().output().line(request + "  is for an admin: mvm operator add " + name);
            return 0;
        }
    }

    @Command(
            name = "add",
            description = {
                "Add an operator, and write its certificate.",
                "The request is of the operator's own key: mvm operator request."
            })
    static final class Add extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name of the operator, as its records in audits will have it.")
        private String name = "";

        @Mixin
        private OperatorCommand.Permission permission = new OperatorCommand.Permission();

        @Option(names = "--request", required = true, paramLabel = "FILE", description = "The request of its key.")
        private Path request = Path.of("");

        @Option(
                names = "--out",
                required = true,
                paramLabel = "DIR",
                description = "Directory for cert.pem and ca.pem; created if absent.")
        private Path out = Path.of("");

        @Option(
                names = "--days",
                paramLabel = "N",
                defaultValue = "30",
                description = "Lifetime of its certificates in days, 1 to 90. Default: ${DEFAULT-VALUE}.")
        private int days;

        @Override
        int run() throws Failure, IOException {
            var body = permission
                    .put(this, Json.object().put("operator", OperatorCommand.name(this, name)))
                    .put("request", base64(CredentialFiles.request(request)))
                    .put("days", days)
                    .end();
            CredentialFiles.requireNoCertificate(out);
            var answer = context().coordinator().post("/v1/operators", body);
            CredentialFiles.writeNew(
                    out, ResponseFields.bytes(answer, "chain"), ResponseFields.bytes(answer, "authorities"));
            OperatorCommand.show(this, ResponseFields.object(answer, "operator"));
            return 0;
        }
    }

    @Command(
            name = "renew",
            description = {
                "Renew the certificate of the credential that the settings name.",
                "Its key, name, role and tenants stay. The present certificate must not have expired."
            })
    static final class Renew extends Verb {
        @Override
        int run() throws Failure, IOException {
            var directory = context().credential();
            var pair = CredentialFiles.keyPair(directory);
            try {
                var request = CertificateRequest.of("renewal", pair.getPublic(), pair.getPrivate());
                var answer = context()
                        .coordinator()
                        .post(
                                "/v1/operators:renew",
                                Json.object().put("request", base64(request)).end());
                CredentialFiles.renew(
                        directory, ResponseFields.bytes(answer, "chain"), ResponseFields.bytes(answer, "authorities"));
                OperatorCommand.show(this, ResponseFields.object(answer, "operator"));
                return 0;
            } catch (GeneralSecurityException e) {
                throw new Failure("the key in " + directory + " cannot sign");
            }
        }
    }

    @Command(
            name = "status",
            description = {
                "Show what is left of the certificate that the settings name.",
                "Fails if fewer days are left than --least says. Makes no call."
            })
    static final class Status extends Verb {
        @Option(
                names = "--least",
                paramLabel = "N",
                defaultValue = "1",
                description = "Days that have to be left. Default: ${DEFAULT-VALUE}.")
        private int least;

        @Override
        int run() throws Failure {
            var directory = context().credential();
            var end = CredentialFiles.certificate(directory).getNotAfter().toInstant();
            var now = Instant.now();
            var left = OperatorCommand.left(end, now);
            if (Duration.between(now, end).toDays() < least) {
                throw new Failure("the certificate in " + directory + " expires at " + end + ", " + left
                        + ": mvm operator renew, or if it has expired, a new one by an admin");
            }
            context().output().line(directory + "  expires " + end + "  " + left);
            return 0;
        }
    }
}
