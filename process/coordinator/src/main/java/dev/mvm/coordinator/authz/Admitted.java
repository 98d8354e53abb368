package dev.mvm.coordinator.authz;

import com.google.protobuf.Message;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.operators.OperatorRole;
import dev.mvm.coordinator.operators.Permission;
import dev.mvm.protocol.control.v1.Scope;
import java.security.cert.X509Certificate;
import java.util.Optional;

/// The caller of an admitted call.
///
/// @param name from the certificate or the port, for the audit; never text that the caller chose
/// @param permission of an operator; empty for a node
/// @param certificate empty for the holder of dev mode's token
public record Admitted(String name, Optional<Permission> permission, Optional<X509Certificate> certificate) {
    private static final String TENANT = "tenant";

    /// Returns the holder of dev mode's token: an admin for all tenants.
    public static Admitted holderOfTheToken(String name) {
        return new Admitted(name, Optional.of(Permission.everywhere(OperatorRole.ADMIN)), Optional.empty());
    }

    /// Returns whether the caller may see and act on the tenant of this name, which need not exist.
    public boolean covers(String tenant) {
        return permission.filter(held -> held.covers(tenant)).isPresent();
    }

    /// Requires that the caller may see and act on a tenant. The refusal is the same for a tenant that does not exist.
    ///
    /// @throws ProblemException `other_tenant`
    public void requireTenant(String tenant) throws ProblemException {
        if (!covers(tenant)) {
            throw new ProblemException(
                    Fault.FORBIDDEN,
                    "other_tenant",
                    name + " is for other tenants; mvm operator list, run by an admin, shows for which");
        }
    }

    /// Requires that a call concerns nothing but tenants that the caller is for. An answer that has several tenants is
    /// the service's to filter.
    ///
    /// @throws ProblemException `other_tenant` or `fleet_wide`
    public void requireScope(Scope scope, Message request) throws ProblemException {
        if (permission.filter(Permission::everywhere).isPresent()) {
            return;
        }
        var tenant = tenant(request);
        switch (scope) {
            case TENANT -> requireTenant(tenant);
            case FILTERED -> {
                if (!tenant.isEmpty()) {
                    requireTenant(tenant);
                }
            }
            case CALLER -> {}
            case FLEET, SCOPE_UNSPECIFIED, UNRECOGNIZED ->
                throw new ProblemException(
                        Fault.FORBIDDEN,
                        "fleet_wide",
                        "this call is about the whole fleet, and " + name + " is for some tenants only");
        }
    }

    /// Returns the tenant that a request names; empty if it names none.
    private static String tenant(Message request) {
        var field = request.getDescriptorForType().findFieldByName(TENANT);
        return field != null && request.getField(field) instanceof String text ? text : "";
    }
}
