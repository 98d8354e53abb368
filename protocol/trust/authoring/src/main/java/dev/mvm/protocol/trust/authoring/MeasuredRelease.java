package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.JsonShapes;
import java.util.List;
import java.util.regex.Pattern;

/// One release of a node's software, as the registers of a TPM show it.
///
/// @param name for people, 1 to 63 characters as in versions of Debian packages
/// @param pcrs what is compared, 1 to 24 registers, each once
public record MeasuredRelease(String name, List<Pcr> pcrs) {
    /// Registers of a bank.
    public static final int PCRS = 24;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+~:-]{0,62}");

    /// A platform configuration register of the SHA-256 bank.
    ///
    /// @param pcr 0 to 23
    /// @param digests each is fine, 1 to [#MAX_DIGESTS], each once
    public record Pcr(int pcr, List<Digest> digests) {
        public static final int MAX_DIGESTS = 64;

        public Pcr {
            digests = List.copyOf(digests);
            if (pcr < 0 || pcr >= PCRS) {
                throw new IllegalArgumentException("pcr is " + pcr + " (want 0 to " + (PCRS - 1) + ")");
            }
            if (digests.isEmpty()) {
                throw new IllegalArgumentException("pcr " + pcr + " has no digest");
            }
            JsonShapes.eachOnce(digests, Digest::value, MAX_DIGESTS, "digests");
        }
    }

    public MeasuredRelease {
        pcrs = List.copyOf(pcrs);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "not the name of a release (want 1 to 63 of letters, digits, '.', '+', '~', ':' and '-')");
        }
        if (pcrs.isEmpty()) {
            throw new IllegalArgumentException("release " + name + " compares no pcr");
        }
        JsonShapes.eachOnce(pcrs, Pcr::pcr, PCRS, "pcrs");
    }

    static MeasuredRelease read(JsonFields fields) throws JsonException {
        return new MeasuredRelease(fields.string("name"), fields.objects("pcrs", PCRS, MeasuredRelease::pcr));
    }

    private static Pcr pcr(JsonFields fields) throws JsonException {
        return new Pcr(fields.intBetween("pcr", 0, PCRS - 1), fields.strings("sha256", Pcr.MAX_DIGESTS, Digest::new));
    }

    Json json() {
        return Json.object()
                .put("name", name)
                .put("pcrs", pcrs.stream().map(MeasuredRelease::json).toList())
                .end();
    }

    private static Json json(Pcr pcr) {
        return Json.object()
                .put("pcr", pcr.pcr())
                .put(
                        "sha256",
                        pcr.digests().stream()
                                .map(digest -> Json.of(digest.value()))
                                .toList())
                .end();
    }
}
