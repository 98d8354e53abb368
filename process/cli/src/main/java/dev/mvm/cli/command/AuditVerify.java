package dev.mvm.cli.command;

import dev.mvm.cli.audit.AuditSignatures;
import dev.mvm.cli.audit.AuditVerification;
import dev.mvm.cli.audit.TenantAuditVerification;
import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verifies the hash chain of audit files.
@Command(
        name = "verify",
        description = {
            "Verify the hash chain of a daemon's or a tenant's audit files, without a network.",
            "Exit status 1 if a record was altered, removed, added or moved, or contradicts a receipt of hostd."
        })
final class AuditVerify extends Verb {
    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "Audit files of one daemon, or of one tenant on one node, in order of their names.")
    private List<Path> files = List.of();

    @Option(
            names = "--head",
            paramLabel = "DIGEST",
            description = "Head that an earlier run printed; the chain must contain it.")
    private Optional<String> head = Optional.empty();

    @Option(
            names = "--authority",
            paramLabel = "FILE",
            description =
                    "The fleet's ca.pem. A tenant's checkpoints must be signed with certificates that it issued; after"
                            + " a rotation of the authority, with the old one's ca.pem in the same file.")
    private Optional<Path> authority = Optional.empty();

    @Option(
            names = "--receipts",
            paramLabel = "FILE",
            description =
                    "Audit file of the same node's hostd, to compare with the tenant's audit; repeatable, in order"
                            + " of their names.")
    private List<Path> receipts = List.of();

    @Option(
            names = "--node-key",
            paramLabel = "FILE",
            description =
                    "File with the line that mvm-hostd make-node-key printed on the node: hostd's records must be signed by"
                            + " that key; repeatable, if the node's key was replaced.")
    private List<Path> nodeKeys = List.of();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure, IOException {
        present(files);
        present(receipts);
        var known = head.map(text -> argument(text, Digest::new));
        if (TenantAuditVerification.applies(files)) {
            if (!nodeKeys.isEmpty()) {
                throw usage("--node-key applies to hostd's audit only");
            }
            return new TenantReport(context(), format.json)
                    .print(TenantAuditVerification.of(files, known, certificates(), receipts), authority.isPresent());
        }
        if (authority.isPresent() || !receipts.isEmpty()) {
            throw usage("--authority and --receipts apply to a tenant's audit only");
        }
        return switch (AuditVerification.of(files, known, signatures())) {
            case AuditVerification.Intact intact -> intact(intact);
            case AuditVerification.Broken broken -> broken(broken);
        };
    }

    private AuditSignatures signatures() throws Failure {
        var keys = new ArrayList<VerifyKey>();
        for (var file : nodeKeys) {
            keys.add(NodeKeyOption.read(file));
        }
        return new AuditSignatures(keys, Ed25519Library.here().check());
    }

    private static void present(List<Path> files) throws Failure {
        for (var file : files) {
            if (!Files.isRegularFile(file)) {
                throw new Failure("no such file: " + file);
            }
        }
    }

    private List<X509Certificate> certificates() throws Failure, IOException {
        if (authority.isEmpty()) {
            return List.of();
        }
        var found = new ArrayList<X509Certificate>();
        try (var in = Files.newInputStream(authority.get())) {
            for (var read : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                found.add((X509Certificate) read);
            }
        } catch (CertificateException e) {
            throw new Failure("no certificate in " + authority.get());
        }
        if (found.isEmpty()) {
            throw new Failure("no certificate in " + authority.get());
        }
        return found;
    }

    private int intact(AuditVerification.Intact intact) {
        if (format.json) {
            context()
                    .output()
                    .json(Json.object()
                            .put("intact", true)
                            .put("daemon", intact.daemon())
                            .put("records", intact.records())
                            .put("first", intact.first())
                            .put("last", intact.last())
                            .put("head", intact.head().value())
                            .put("first_signed", intact.signed())
                            .put("signatures_verified", !nodeKeys.isEmpty())
                            .end());
        } else {
            context()
                    .output()
                    .line(String.format(
                            Locale.ROOT,
                            "%s: %d records, %d to %d, ok, head %s%s",
                            intact.daemon(),
                            intact.records(),
                            intact.first(),
                            intact.last(),
                            intact.head(),
                            signed(intact)));
        }
        return 0;
    }

    private String signed(AuditVerification.Intact intact) {
        if (intact.signed() == 0) {
            return "";
        }
        return nodeKeys.isEmpty()
                ? ", signatures not verified (--node-key)"
                : ", signed by the node from record " + intact.signed() + " on";
    }

    private int broken(AuditVerification.Broken broken) throws Failure {
        if (!format.json) {
            throw new Failure(broken.file() + (broken.line() == 0 ? "" : ":" + broken.line()) + ": " + broken.what());
        }
        context()
                .output()
                .json(Json.object()
                        .put("intact", false)
                        .put("file", broken.file().toString())
                        .put("line", broken.line())
                        .put("what", broken.what())
                        .end());
        return 1;
    }
}
