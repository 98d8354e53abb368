package dev.mvm.coordinator.authz;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.NodeProto;
import dev.mvm.protocol.control.v1.RoleProto;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The role that each method requires, on either port. It stands beside the method in the `.proto` file, as the
/// option `mvm.role`. A method without that option has no role here, and cannot be called.
public final class Access {
    private final Map<String, CertificateRole> roles;

    private Access(Map<String, CertificateRole> roles) {
        this.roles = Map.copyOf(roles);
    }

    /// Returns the roles of the control protocol.
    public static Access ofProtocol() {
        return of(List.of(FleetProto.getDescriptor(), NodeProto.getDescriptor()));
    }

    /// Returns the roles of all methods of all services in these files.
    static Access of(List<FileDescriptor> files) {
        var roles = new LinkedHashMap<String, CertificateRole>();
        for (var file : files) {
            for (var service : file.getServices()) {
                for (var method : service.getMethods()) {
                    role(method).ifPresent(role -> roles.put(service.getFullName() + "/" + method.getName(), role));
                }
            }
        }
        return new Access(roles);
    }

    private static Optional<CertificateRole> role(MethodDescriptor method) {
        return switch (method.getOptions().getExtension(RoleProto.role)) {
            case OPERATOR -> Optional.of(CertificateRole.OPERATOR);
            case NODE -> Optional.of(CertificateRole.NODE);
            case ROLE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    }

    /// Returns whether a caller with `role` may call a method.
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    public boolean allows(CertificateRole role, String method) {
        return Optional.ofNullable(roles.get(method)).filter(role::equals).isPresent();
    }

    /// Returns the full names of all methods that can be called.
    public Set<String> methods() {
        return roles.keySet();
    }
}
