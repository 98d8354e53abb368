package dev.mvm.cli.audit;

import dev.mvm.model.Digest;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.ChainVerification;
import dev.mvm.protocol.audit.CheckpointVerification;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// Verifies one tenant's audit from its files alone, and holds it against root's receipts if there are any.
public final class TenantAuditVerification {
    /// What came of it.
    public sealed interface Result {}

    /// Every line is what it was.
    ///
    /// @param joined how many decisions have a receipt of root's; 0 without receipts
    /// @param contradictions where agent and root do not say the same
    public record Intact(ChainVerification.Chain chain, long joined, List<String> contradictions) implements Result {}

    /// The first line that is not what it was, or what is missing.
    ///
    /// @param line from 1; 0 for the file as a whole
    public record Broken(Path file, int line, String what) implements Result {}

    private TenantAuditVerification() {}

    /// Whether the files are of a tenant's audit, as opposed to a daemon's.
    public static boolean applies(List<Path> files) throws IOException {
        return AuditFiles.areATenants(files);
    }

    /// Verifies a chain.
    ///
    /// @param files of one tenant and node, in the order of their names, at least one
    /// @param known a head that an earlier verification gave
    /// @param authority the fleet's; without it a checkpoint is believed whose certificate anybody may have issued
    /// @param receipts hostd's audit files of the same node, in the order of their names; none to join nothing
    /// @throws IOException if a file cannot be read
    public static Result of(
            List<Path> files, Optional<Digest> known, Optional<X509Certificate> authority, List<Path> receipts)
            throws IOException {
        var joining = new Receipts();
        var verification = new ChainVerification(new CheckpointVerification(authority), known, joining::entry);
        var fault = AuditFiles.read(files, AuditRecord.MAX_BYTES, verification::complaint);
        if (fault.isPresent()) {
            return new Broken(
                    fault.get().file(), fault.get().line(), fault.get().what());
        }
        if (verification.chain().isEmpty()) {
            return new Broken(files.getLast(), 0, "there is no record in it");
        }
        if (verification.knownIsMissing()) {
            return new Broken(
                    files.getLast(), 0, "no record has the hash " + known.orElseThrow() + ": some were removed");
        }
        var chain = verification.chain().orElseThrow();
        if (receipts.isEmpty()) {
            return new Intact(chain, 0, List.of());
        }
        if (AuditVerification.of(receipts, Optional.empty(), joining::receipt)
                instanceof AuditVerification.Broken(var file, var line, var what)) {
            return new Broken(file, line, what);
        }
        var joined = joining.join(chain.first().tenant().value());
        return new Intact(chain, joined.joined(), joined.contradictions());
    }
}
