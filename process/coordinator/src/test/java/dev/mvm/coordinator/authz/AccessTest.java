package dev.mvm.coordinator.authz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodOptions;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.operators.OperatorRole;
import dev.mvm.coordinator.operators.Permission;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.ListPoolsRequest;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.Role;
import dev.mvm.protocol.control.v1.RoleProto;
import dev.mvm.protocol.control.v1.Scope;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Roles of methods, read from descriptors.
final class AccessTest {
    private static final Access PROTOCOL = Access.ofProtocol();

    /// A service with one method for a role, one whose role is unspecified, and one without the option.
    private static Access access() throws Exception {
        var operators = MethodOptions.newBuilder()
                .setExtension(RoleProto.role, Role.OPERATOR)
                .build();
        var unspecified = MethodOptions.newBuilder()
                .setExtension(RoleProto.role, Role.ROLE_UNSPECIFIED)
                .build();
        var service = ServiceDescriptorProto.newBuilder()
                .setName("Test")
                .addMethod(method("Guarded").setOptions(operators))
                .addMethod(method("Unspecified").setOptions(unspecified))
                .addMethod(method("Forgotten"));
        var file = FileDescriptorProto.newBuilder()
                .setName("test.proto")
                .setPackage("test")
                .setSyntax("proto3")
                .addDependency(FleetProto.getDescriptor().getName())
                .addService(service)
                .build();
        return Access.of(List.of(FileDescriptor.buildFrom(file, new FileDescriptor[] {FleetProto.getDescriptor()})));
    }

    private static MethodDescriptorProto.Builder method(String name) {
        return MethodDescriptorProto.newBuilder()
                .setName(name)
                .setInputType(".mvm.control.v1.ListPoolsRequest")
                .setOutputType(".mvm.control.v1.ListPoolsResponse");
    }

    @Test
    @Tag("claim-C1")
    void methodWithoutARole_cannotBeCalled() throws Exception {
        var access = access();
        assertThat(access.methods()).containsExactly("test.Test/Guarded");
        for (var method : List.of("test.Test/Unspecified", "test.Test/Forgotten", "test.Test/Unknown")) {
            for (var role : CertificateRole.values()) {
                assertThat(access.allows(role, method)).as(method).isFalse();
                assertThatThrownBy(() -> Admission.requireRole(access, role, method))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> assertThat(e.problem().getReason()).isEqualTo("wrong_role"));
            }
        }
    }

    @Test
    void methodWithARole_isForThatRoleOnly() throws Exception {
        var access = access();
        assertThat(access.allows(CertificateRole.OPERATOR, "test.Test/Guarded")).isTrue();
        assertThat(access.allows(CertificateRole.NODE, "test.Test/Guarded")).isFalse();
        assertThat(access.allows(CertificateRole.COORDINATOR, "test.Test/Guarded"))
                .isFalse();
    }

    @Test
    @Tag("claim-C9")
    void methodWithoutAScope_isForCallersForAllTenants() throws Exception {
        var scope = access().scope("test.Test/Guarded");
        assertThat(scope).isEqualTo(Scope.SCOPE_UNSPECIFIED);
        assertThat(access().scope("test.Test/Unknown")).isEqualTo(Scope.SCOPE_UNSPECIFIED);
        var request = ListPoolsRequest.newBuilder().setTenant("acme").build();
        var some = Permission.of(OperatorRole.ADMIN, List.of(new TenantId("acme")));
        assertThatThrownBy(() ->
                        new Admitted("operator/ada", Optional.of(some), Optional.empty()).requireScope(scope, request))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().getReason()).isEqualTo("fleet_wide"));
        Admitted.holderOfTheToken("token").requireScope(scope, request);
    }

    @Test
    @Tag("claim-C8")
    void role_includesTheOnesBelow_andNoOther() throws Exception {
        var access = access();
        assertThat(access.allows(OperatorRole.AUDITOR, "test.Test/Guarded")).isFalse();
        assertThat(access.allows(OperatorRole.OPERATOR, "test.Test/Guarded")).isTrue();
        assertThat(access.allows(OperatorRole.ADMIN, "test.Test/Guarded")).isTrue();
        for (var role : OperatorRole.values()) {
            assertThat(access.allows(role, "test.Test/Forgotten")).isFalse();
            assertThat(access.allows(role, "mvm.control.v1.NodeLink/Watch")).isFalse();
            assertThat(PROTOCOL.allows(role, "mvm.control.v1.NodeLink/Watch")).isFalse();
        }
    }

    @Test
    void fleet_isForOperators_andNodeLinkForNodes() {
        for (var method : FleetGrpc.getServiceDescriptor().getMethods()) {
            assertThat(PROTOCOL.allows(CertificateRole.OPERATOR, method.getFullMethodName()))
                    .as(method.getFullMethodName())
                    .isTrue();
            assertThat(PROTOCOL.allows(CertificateRole.NODE, method.getFullMethodName()))
                    .isFalse();
        }
        for (var method : NodeLinkGrpc.getServiceDescriptor().getMethods()) {
            assertThat(PROTOCOL.allows(CertificateRole.NODE, method.getFullMethodName()))
                    .as(method.getFullMethodName())
                    .isTrue();
            assertThat(PROTOCOL.allows(CertificateRole.OPERATOR, method.getFullMethodName()))
                    .isFalse();
        }
    }
}
