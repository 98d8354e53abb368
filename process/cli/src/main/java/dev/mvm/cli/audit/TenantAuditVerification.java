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

/// Verifies one tenant's audit from its files alone and, if receipts of root are given, compares it with them.
public final class TenantAuditVerification {
    /// Outcome of a verification.
    public sealed interface Result {}

    /// Every line is as it was written.
    ///
    /// @param joined number of decisions with a receipt of root; 0 without receipts
    /// @param contradictions differences between the agent's record and root's
    public record Intact(ChainVerification.Chain chain, long joined, List<String> contradictions) implements Result {}

    /// The first invalid line, or a missing part.
    ///
    /// @param line from 1; 0 for the file as a whole
    public record Broken(Path file, int line, String what) implements Result {}

    private TenantAuditVerification() {}

    /// Returns whether the files are of a tenant's audit rather than a daemon's.
    public static boolean applies(List<Path> files) throws IOException {
        return AuditFiles.areATenants(files);
    }

    /// Verifies a chain.
    ///
    /// @param files of one tenant and node, in the order of their names, at least one
    /// @param known the head of an earlier verification, which the chain must contain
    /// @param authorities certificates of the fleet's authorities; without any, no issuer of a certificate
    ///     is checked
    /// @param receipts hostd's audit files of the same node, in the order of their names; none to join nothing
    /// @throws IOException if a file cannot be read
    public static Result of(
            List<Path> files, Optional<Digest> known, List<X509Certificate> authorities, List<Path> receipts)
            throws IOException {
        var joining = new Receipts();
        var checkpoints = authorities.isEmpty()
                ? new CheckpointVerification(Optional.empty())
                : new CheckpointVerification(authorities);
        var verification = new ChainVerification(checkpoints, known, joining::entry);
        var fault = AuditFiles.read(files, AuditRecord.MAX_BYTES, verification::complaint);
        if (fault.isPresent()) {
            return new Broken(
                    fault.get().file(), fault.get().line(), fault.get().what());
        }
        if (verification.chain().isEmpty()) {
            return new Broken(files.getLast(), 0, "no record in the file");
        }
        if (verification.knownIsMissing()) {
            return new Broken(
                    files.getLast(), 0, "no record has the hash " + known.orElseThrow() + ": some were removed");
        }
        var chain = verification.chain().orElseThrow();
        if (receipts.isEmpty()) {
            return new Intact(chain, 0, List.of());
        }
        if (AuditVerification.each(receipts, joining::receipt)
                instanceof AuditVerification.Broken(var file, var line, var what)) {
            return new Broken(file, line, what);
        }
        var joined = joining.join(chain.first().tenant().value());
        return new Intact(chain, joined.joined(), joined.contradictions());
    }
}
