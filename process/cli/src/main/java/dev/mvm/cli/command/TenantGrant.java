package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.util.Base64;

/// A tenant's grant in force, as the coordinator has it: the word of a process that may have been taken over, until
/// a signature on it is verified.
///
/// @param bytes the envelope, as it was published
record TenantGrant(Bytes bytes, Envelope envelope, GrantDocument document) {
    /// Fetches the grant.
    ///
    /// @throws Failure if there is no such tenant, or it has no grant, or the response is another tenant's grant or
    ///     not the one that the list of tenants names
    static TenantGrant fetch(CoordinatorClient coordinator, TenantId tenant) throws Failure {
        for (var each : ResponseFields.objects(coordinator.get("/v1/tenants"), "tenants")) {
            if (ResponseFields.text(each, "tenant").equals(tenant.value())) {
                var digest = ResponseFields.text(each, "grant");
                if (digest.isEmpty()) {
                    throw new Failure("tenant " + tenant + " has no grant yet; mvm grant init writes a first one");
                }
                return fetch(coordinator, tenant, digest);
            }
        }
        throw new Failure("no such tenant: " + tenant + " (see mvm tenant list; mvm tenant create makes one)");
    }

    private static TenantGrant fetch(CoordinatorClient coordinator, TenantId tenant, String digest) throws Failure {
        try {
            var text = ResponseFields.text(coordinator.get("/v1/grants?digest=" + digest), "envelope");
            var bytes = Base64.getDecoder().decode(text);
            var envelope = Envelope.parse(bytes, DocumentType.GRANT);
            var document = DocumentFiles.grant(envelope);
            if (!envelope.payload().digest().value().equals(digest)
                    || !document.grant().tenant().equals(tenant)) {
                throw new Failure("the coordinator's response is not the grant of " + tenant + " that it names");
            }
            return new TenantGrant(Bytes.of(bytes), envelope, document);
        } catch (RefusedException | IllegalArgumentException e) {
            throw new Failure("invalid grant in the coordinator's response: " + e.getMessage());
        }
    }

    /// Signs the grant that follows, and publishes it.
    ///
    /// @return a line that says so
    String replace(CoordinatorClient coordinator, GrantDocument next, SigningKey key) throws Failure {
        var signed = DocumentFiles.sign(Envelopes.unsigned(DocumentType.GRANT, Payloads.of(next)), key);
        var sent = Base64.getEncoder().encodeToString(Envelopes.bytes(signed));
        coordinator.post("/v1/grants", Json.object().put("envelope", sent).end());
        return "signed by " + key.verifyKey().id().brief() + ", the key for grants at hand in dev mode";
    }

    /// Returns whether `key` has signed this grant.
    boolean isSignedBy(VerifyKey key) {
        var check = Ed25519Library.here().check();
        return envelope.signatures().stream()
                .filter(signature -> signature.key().equals(key.id()))
                .anyMatch(signature -> check.valid(
                        key, envelope.signedBytes(), signature.value().array()));
    }
}
