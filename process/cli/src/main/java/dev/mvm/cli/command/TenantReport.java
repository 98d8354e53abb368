package dev.mvm.cli.command;

import dev.mvm.cli.audit.TenantAuditVerification;
import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import java.util.Locale;

/// Prints the outcome of verifying a tenant's audit.
record TenantReport(Context context, boolean json) {
    /// Prints an outcome.
    ///
    /// @param authority whether the issuer of the checkpoints' certificates was verified
    /// @return the exit status
    int print(TenantAuditVerification.Result result, boolean authority) throws Failure {
        return switch (result) {
            case TenantAuditVerification.Intact intact -> intact(intact, authority);
            case TenantAuditVerification.Broken broken -> broken(broken);
        };
    }

    private int intact(TenantAuditVerification.Intact intact, boolean authority) {
        int status = intact.contradictions().isEmpty() ? 0 : 1;
        if (json) {
            context.output().json(document(intact, authority));
            return status;
        }
        var chain = intact.chain();
        var signed = chain.signatures() == 0
                ? "not signed"
                : "signed to " + chain.signedTo() + (authority ? "" : " (signer not verified without --authority)");
        context.output()
                .line(String.format(
                        Locale.ROOT,
                        "%s/%s: %d records, %d to %d%s, %s, %s, head %s",
                        chain.first().node(),
                        chain.first().tenant(),
                        chain.lines(),
                        chain.first().sequence(),
                        chain.head().sequence(),
                        chain.anchored() ? "" : " without a signed checkpoint at the beginning",
                        status == 0 ? "ok" : "contradicted",
                        signed,
                        chain.head().hash()));
        if (intact.joined() > 0) {
            context.output().line(intact.joined() + " receipts of hostd match decisions");
        }
        intact.contradictions().forEach(context.output()::line);
        return status;
    }

    private static Json document(TenantAuditVerification.Intact intact, boolean authority) {
        var chain = intact.chain();
        return Json.object()
                .put("intact", true)
                .put("node", chain.first().node().value())
                .put("tenant", chain.first().tenant().value())
                .put("records", chain.lines())
                .put("first", chain.first().sequence())
                .put("last", chain.head().sequence())
                .put("anchored", chain.anchored())
                .put("signed_to", chain.signedTo())
                .put("authority", authority)
                .put("head", chain.head().hash().value())
                .put("joined", intact.joined())
                .put(
                        "contradictions",
                        intact.contradictions().stream().map(Json::of).toList())
                .end();
    }

    private int broken(TenantAuditVerification.Broken broken) throws Failure {
        if (!json) {
            throw new Failure(broken.file() + (broken.line() == 0 ? "" : ":" + broken.line()) + ": " + broken.what());
        }
        context.output()
                .json(Json.object()
                        .put("intact", false)
                        .put("file", broken.file().toString())
                        .put("line", broken.line())
                        .put("what", broken.what())
                        .end());
        return 1;
    }
}
