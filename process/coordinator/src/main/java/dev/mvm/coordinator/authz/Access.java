package dev.mvm.coordinator.authz;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.mvm.coordinator.operators.OperatorRole;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.NodeProto;
import dev.mvm.protocol.control.v1.RoleProto;
import dev.mvm.protocol.control.v1.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The role that each method requires, on either port, and its scope. They stand beside the method in the `.proto`
/// file, as the options `mvm.role` and `mvm.scope`. A method without a role has none here, and cannot be called; one
/// without a scope is for callers for all tenants.
public final class Access {
    private final Map<String, Rule> rules;

    /// The requirements of a method.
    ///
    /// @param holder the role in the caller's certificate
    /// @param least the least role of an operator; empty for a node
    private record Rule(CertificateRole holder, Optional<OperatorRole> least, Scope scope) {}

    private Access(Map<String, Rule> rules) {
        this.rules = Map.copyOf(rules);
    }

    /// Returns the roles of the control protocol.
    public static Access ofProtocol() {
        return of(List.of(FleetProto.getDescriptor(), NodeProto.getDescriptor()));
    }

    /// Returns the roles of all methods of all services in these files.
    static Access of(List<FileDescriptor> files) {
        var rules = new LinkedHashMap<String, Rule>();
        for (var file : files) {
            for (var service : file.getServices()) {
                for (var method : service.getMethods()) {
                    rule(method).ifPresent(rule -> rules.put(service.getFullName() + "/" + method.getName(), rule));
                }
            }
        }
        return new Access(rules);
    }

    private static Optional<Rule> rule(MethodDescriptor method) {
        var scope = method.getOptions().getExtension(RoleProto.scope);
        return switch (method.getOptions().getExtension(RoleProto.role)) {
            case AUDITOR -> Optional.of(operators(OperatorRole.AUDITOR, scope));
            case OPERATOR -> Optional.of(operators(OperatorRole.OPERATOR, scope));
            case ADMIN -> Optional.of(operators(OperatorRole.ADMIN, scope));
            case NODE -> Optional.of(new Rule(CertificateRole.NODE, Optional.empty(), scope));
            case ROLE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    }

    private static Rule operators(OperatorRole least, Scope scope) {
        return new Rule(CertificateRole.OPERATOR, Optional.of(least), scope);
    }

    private Optional<Rule> rule(String method) {
        return Optional.ofNullable(rules.get(method));
    }

    /// Returns whether callers whose certificate has `role` may call a method. Which operators may is said by
    /// [#allows(OperatorRole, String)].
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    public boolean allows(CertificateRole role, String method) {
        return rule(method).filter(rule -> rule.holder() == role).isPresent();
    }

    /// Returns whether an operator with `role` may call a method.
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    public boolean allows(OperatorRole role, String method) {
        return rule(method).flatMap(Rule::least).filter(role::includes).isPresent();
    }

    /// Returns the scope of a method.
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    public Scope scope(String method) {
        return rule(method).map(Rule::scope).orElse(Scope.SCOPE_UNSPECIFIED);
    }

    /// Returns the full names of all methods that can be called.
    public Set<String> methods() {
        return rules.keySet();
    }
}
