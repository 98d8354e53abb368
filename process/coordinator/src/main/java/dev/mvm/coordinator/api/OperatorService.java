package dev.mvm.coordinator.api;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.operators.OperatorChanges;
import dev.mvm.coordinator.operators.OperatorRecord;
import dev.mvm.coordinator.operators.OperatorRole;
import dev.mvm.coordinator.operators.Operators;
import dev.mvm.coordinator.operators.Permission;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.AddOperatorRequest;
import dev.mvm.protocol.control.v1.ChangeOperatorRequest;
import dev.mvm.protocol.control.v1.ListOperatorsResponse;
import dev.mvm.protocol.control.v1.Operator;
import dev.mvm.protocol.control.v1.OperatorCredential;
import dev.mvm.protocol.control.v1.RenewOperatorRequest;
import dev.mvm.protocol.control.v1.RevokeOperatorRequest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Calls about operators.
final class OperatorService {
    /// The longest lifetime of an operator's certificates.
    private static final int MAX_DAYS = 90;

    private final OperatorChanges changes;

    OperatorService(OperatorChanges changes) {
        this.changes = changes;
    }

    ListOperatorsResponse list() throws ProblemException, StoreException {
        var expiries = changes.expiries();
        var out = ListOperatorsResponse.newBuilder();
        for (var record : changes.records()) {
            out.addOperators(message(record, expiries));
        }
        return out.build();
    }

    OperatorCredential add(Admitted caller, AddOperatorRequest request) throws ProblemException, StoreException {
        var peer = peer(request.getOperator());
        var permission = permission(request.getRole(), request.getAllTenants(), request.getTenantsList());
        int days = request.getDays() == 0 ? Operators.DEFAULT_DAYS : request.getDays();
        if (days < 1 || days > MAX_DAYS) {
            throw ProblemException.invalid("days is 1 to " + MAX_DAYS);
        }
        var wanted = new OperatorChanges.Addition(peer, permission, days, request.getRequest());
        return credential(changes.add(wanted, caller.name()));
    }

    Operator change(Admitted caller, ChangeOperatorRequest request) throws ProblemException, StoreException {
        var permission = permission(request.getRole(), request.getAllTenants(), request.getTenantsList());
        var record = changes.change(peer(request.getOperator()), permission, caller.name());
        return message(record, changes.expiries());
    }

    Operator revoke(Admitted caller, RevokeOperatorRequest request) throws ProblemException, StoreException {
        var record = changes.revoke(peer(request.getOperator()), caller.name());
        return message(record, changes.expiries());
    }

    OperatorCredential renew(Admitted caller, RenewOperatorRequest request) throws ProblemException, StoreException {
        var present = caller.certificate()
                .orElseThrow(() -> new ProblemException(
                        Fault.CONFLICT, "no_certificate", "a token has no certificate that could be renewed"));
        return credential(changes.renew(present, request.getRequest()));
    }

    private OperatorCredential credential(OperatorChanges.Issued issued) throws ProblemException, StoreException {
        return OperatorCredential.newBuilder()
                .setOperator(message(changes.record(issued.peer()), changes.expiries()))
                .addAllChain(encoded(issued.chain()))
                .addAllAuthorities(encoded(issued.authorities()))
                .build();
    }

    private static List<ByteString> encoded(List<X509Certificate> certificates) {
        var out = new ArrayList<ByteString>();
        try {
            for (var certificate : certificates) {
                out.add(ByteString.copyFrom(certificate.getEncoded()));
            }
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate has an encoding", e);
        }
        return out;
    }

    private static Peer peer(String name) throws ProblemException {
        return RequestFields.parsed(name, text -> new Peer(CertificateRole.OPERATOR, text));
    }

    private static Permission permission(String word, boolean everywhere, List<String> names) throws ProblemException {
        var role = OperatorRole.of(word)
                .orElseThrow(() -> ProblemException.invalid("expected a role: auditor, operator or admin"));
        var tenants = new ArrayList<TenantId>();
        for (var name : names) {
            tenants.add(RequestFields.parsed(name, TenantId::new));
        }
        return RequestFields.parsed("", _ -> new Permission(role, everywhere, tenants));
    }

    private static Operator message(OperatorRecord record, Map<String, Instant> expiries) {
        return Operator.newBuilder()
                .setOperator(record.name())
                .setRole(record.permission().role().word())
                .setAllTenants(record.permission().everywhere())
                .addAllTenants(record.permission().tenants().stream()
                        .map(TenantId::value)
                        .toList())
                .setDays(record.days())
                .setExpires(Optional.ofNullable(expiries.get(record.name()))
                        .map(Instant::toString)
                        .orElse(""))
                .setChangedAt(record.changedAt().toString())
                .setChangedBy(record.changedBy())
                .setRevoked(record.revoked())
                .build();
    }
}
