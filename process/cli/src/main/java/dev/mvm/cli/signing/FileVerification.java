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

/// How a file that was just written is opened, by the means that will open it later, before it has its name. That its
/// bytes are those that were meant is looked at in any case.
@FunctionalInterface
public interface FileVerification {
    /// Opens it.
    ///
    /// @throws RefusedException if it is something else than what was meant; so does `IllegalArgumentException`
    void of(byte[] content) throws RefusedException, Failure, IOException;

    /// Opens nothing: these are bytes of others, kept as they came.
    static FileVerification none() {
        return _ -> {};
    }

    /// A document with its signatures.
    static FileVerification signed(DocumentType type, Drafts.Reading reading) {
        return content -> {
            var _ = reading.of(Envelope.parse(content, type));
        };
    }

    /// A document that nobody has signed yet.
    static FileVerification draft(DocumentType type, Drafts.Reading reading) {
        return content -> {
            var _ = reading.of(Envelopes.unsigned(type, content));
        };
    }

    /// JSON that nobody signs.
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
