package dev.mvm.crypto.tenantkeys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;

/// One version of one key of one tenant.
///
/// @param version 1 or more
public record KeyPlace(TenantId tenant, KeyName id, KeyPurpose purpose, int version) {
    /// Returns the text that binds a wrapped key to this place: four lines.
    public byte[] context() {
        return (tenant + "\n" + purpose.word() + "\n" + id + "\n" + version + "\n").getBytes(US_ASCII);
    }

    @Override
    public String toString() {
        return "tenant " + tenant + ", key " + id + ", version " + version;
    }
}
