package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.io.IOException;

/// Check of a file that was just written, before it gets its name, by the code that will read it later. Its bytes
/// are compared with the intended ones in any case.
@FunctionalInterface
public interface FileVerification {
    /// Parses the content.
    ///
    /// @throws RefusedException if the content is invalid; `IllegalArgumentException` means the same
    void of(byte[] content) throws RefusedException, Failure, IOException;

    /// No check: for foreign bytes that are kept as received.
    static FileVerification none() {
        return _ -> {};
    }

    /// A document with its signatures.
    static FileVerification signed(DocumentType type, Drafts.Reading reading) {
        return content -> {
            var _ = reading.of(Envelope.parse(content, type));
        };
    }

    /// A document without signatures.
    static FileVerification draft(DocumentType type, Drafts.Reading reading) {
        return content -> {
            var _ = reading.of(Envelopes.unsigned(type, content));
        };
    }

    /// JSON that is not signed.
    static FileVerification json() {
        return content -> {
            try {
                var _ = Json.parse(content, JsonLimits.foreign(content.length));
            } catch (JsonException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        };
    }
}
