package dev.mvm.coordinator.operators;

import dev.mvm.model.TenantId;
import java.util.List;

/// The role of an operator, and the tenants that it is for.
///
/// @param everywhere for all tenants, and for what is of the whole fleet
/// @param tenants sorted; empty if `everywhere`
public record Permission(OperatorRole role, boolean everywhere, List<TenantId> tenants) {
    /// The most tenants that an operator can be for by name.
    public static final int MAX_TENANTS = 256;

    public Permission {
        tenants = tenants.stream().distinct().sorted().toList();
        if (everywhere != tenants.isEmpty()) {
            throw new IllegalArgumentException("expected either all tenants or at least one by name");
        }
        if (tenants.size() > MAX_TENANTS) {
            throw new IllegalArgumentException("an operator is for at most " + MAX_TENANTS + " tenants by name");
        }
    }

    /// Returns the permission of `role` for all tenants.
    public static Permission everywhere(OperatorRole role) {
        return new Permission(role, true, List.of());
    }

    /// Returns the permission of `role` for these tenants.
    public static Permission of(OperatorRole role, List<TenantId> tenants) {
        return new Permission(role, false, tenants);
    }

    /// Returns whether the permission is for the tenant of this name, which need not exist.
    public boolean covers(String tenant) {
        return everywhere || tenants.stream().anyMatch(each -> each.value().equals(tenant));
    }
}
