package dev.mvm.cli.command;

import dev.mvm.model.KeyName;
import dev.mvm.model.TenantId;

/// A tenant's key as the command line names it, `TENANT/KEY`.
record TenantKeyName(TenantId tenant, KeyName id) {
    /// @throws IllegalArgumentException if `text` is no such name
    static TenantKeyName parse(String text) {
        var parts = text.split("/", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException("invalid key: " + text + ", expected TENANT/KEY");
        }
        return new TenantKeyName(new TenantId(parts[0]), new KeyName(parts[1]));
    }

    @Override
    public String toString() {
        return tenant + "/" + id;
    }
}
