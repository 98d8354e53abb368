package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import java.nio.file.Path;
import java.util.List;

/// A machine's TPM, by what `mvm-attest identity` has printed there.
///
/// @param ek digest of the public area of its endorsement key
/// @param pcrs the values that its registers had
public record TpmIdentity(Digest ek, List<MeasuredRelease.Pcr> pcrs) {
    private static final int MAX_BYTES = 64 * 1024;

    public TpmIdentity {
        pcrs = List.copyOf(pcrs);
    }

    /// Reads a file with one JSON object.
    ///
    /// @throws Failure if it is anything else
    public static TpmIdentity read(Path file) throws Failure {
        try {
            return Json.parseObject(DocumentFiles.read(file), JsonLimits.signed(MAX_BYTES))
                    .read(TpmIdentity::identity);
        } catch (JsonException e) {
            throw new Failure("not what mvm-attest identity prints: " + file + ": " + e.getMessage());
        }
    }

    private static TpmIdentity identity(JsonFields fields) throws JsonException {
        return new TpmIdentity(
                fields.parsed("ek", Digest::new), fields.objects("pcrs", MeasuredRelease.PCRS, TpmIdentity::pcr));
    }

    private static MeasuredRelease.Pcr pcr(JsonFields fields) throws JsonException {
        return new MeasuredRelease.Pcr(
                fields.intBetween("pcr", 0, MeasuredRelease.PCRS - 1),
                fields.strings("sha256", MeasuredRelease.Pcr.MAX_DIGESTS, Digest::new));
    }
}
