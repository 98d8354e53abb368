package dev.mvm.keyd.release;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.attest.Attestation;
import dev.mvm.protocol.attest.NodeAttestor;
import dev.mvm.protocol.attest.SoftwareAttestor;
import dev.mvm.protocol.attest.StatementFacts;
import dev.mvm.protocol.attest.tpm.MeasuredRelease;
import dev.mvm.protocol.attest.tpm.TpmAttestor;
import dev.mvm.protocol.attest.tpm.TpmCredential;
import dev.mvm.protocol.attest.tpm.TpmFormatException;
import dev.mvm.protocol.attest.tpm.TpmIdentity;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Evidence of a node about itself: which TPM a challenge is for, and the judgement of what comes back.
final class Evidences {
    private Evidences() {}

    /// The TPM that a challenge was made for.
    ///
    /// @param secret what it gives back
    record Tpm(TpmIdentity identity, Bytes secret, Bytes credential) {}

    /// Makes the credential of a challenge. Without one the node shows an inventory at most.
    ///
    /// @param identity what the node says of its TPM; empty without one
    /// @return empty also if the node document names no TPM: many machines have one, and operators need not use it
    /// @throws RequestRefusedException `attestation_failed` if the node document names another TPM
    static Optional<Tpm> challenged(NodeDocument node, Bytes identity, SecureRandom random)
            throws RequestRefusedException {
        var named = node.traits().ek();
        if (identity.length() == 0 || named.isEmpty()) {
            return Optional.empty();
        }
        try {
            var tpm = TpmIdentity.read(identity.array());
            if (!named.get().equals(tpm.endorsementDigest())) {
                throw new RequestRefusedException(
                        KeydReason.ATTESTATION_FAILED,
                        "the document of node " + node.node() + " names another TPM than " + tpm.endorsementDigest());
            }
            var made = TpmCredential.make(tpm, random);
            return Optional.of(new Tpm(tpm, made.secret(), made.blob()));
        } catch (TpmFormatException e) {
            throw new RequestRefusedException(
                    KeydReason.ATTESTATION_FAILED, "no TPM's keys for node " + node.node() + ": " + e.getMessage());
        }
    }

    /// Judges what came with a statement.
    ///
    /// @param tpm that the challenge was made for; empty without one
    /// @param measurements the newest list of operators'
    static Attestation judge(
            Optional<Tpm> tpm,
            Optional<Measurements> measurements,
            SignedStatement statement,
            Bytes evidence,
            Instant now) {
        var attestor = tpm.<NodeAttestor>map(
                        each -> new TpmAttestor(each.identity(), each.secret(), releases(measurements, now)))
                .orElseGet(SoftwareAttestor::new);
        var facts = new StatementFacts(
                statement.digest(), statement.value().boot(), statement.value().mode());
        return attestor.judge(facts, evidence.array());
    }

    private static List<MeasuredRelease> releases(Optional<Measurements> measurements, Instant now) {
        return measurements
                .filter(list -> now.isBefore(list.expires()))
                .map(list -> list.releases().stream().map(Evidences::release).toList())
                .orElse(List.of());
    }

    private static MeasuredRelease release(dev.mvm.protocol.trust.authoring.MeasuredRelease release) {
        return new MeasuredRelease(
                release.name(),
                release.pcrs().stream()
                        .collect(Collectors.toMap(pcr -> pcr.pcr(), pcr -> new HashSet<>(pcr.digests()))));
    }
}
