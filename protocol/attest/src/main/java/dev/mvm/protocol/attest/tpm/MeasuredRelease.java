package dev.mvm.protocol.attest.tpm;

import dev.mvm.model.Digest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One release of the signed list: the values that some of the PCRs may have. The others may have any.
///
/// @param name for the audit
/// @param pcrs numbers 0 to 23, with the values that are allowed; at least one number
public record MeasuredRelease(String name, Map<Integer, Set<Digest>> pcrs) {
    public MeasuredRelease {
        pcrs = Map.copyOf(pcrs);
        if (pcrs.isEmpty() || pcrs.keySet().stream().anyMatch(number -> number < 0 || number >= TpmQuote.PCRS)) {
            throw new IllegalArgumentException("a release fixes at least one PCR of 0 to 23");
        }
    }

    boolean allows(List<Digest> values) {
        return pcrs.entrySet().stream().allMatch(entry -> entry.getValue().contains(values.get(entry.getKey())));
    }
}
