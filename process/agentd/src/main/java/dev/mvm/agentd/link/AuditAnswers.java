package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/// Answers requests for a part of a tenant's audit.
final class AuditAnswers {
    private static final int PART = 512 << 10;

    private AuditAnswers() {}

    static NodeMessage of(TenantAudits audits, CoordinatorMessage.ReadAudit request) {
        var answer = NodeMessage.AuditAnswer.newBuilder().setRequest(request.getRequest());
        try {
            var since = request.getSince().isEmpty()
                    ? Optional.<Instant>empty()
                    : Optional.of(Instant.parse(request.getSince()));
            var page = audits.read(new TenantId(request.getTenant()), request.getFrom(), since, PART);
            answer.setLines(ByteString.copyFrom(page.lines().array()))
                    .setFirst(page.first())
                    .setNext(page.next());
        } catch (IllegalArgumentException | DateTimeException e) {
            answer.setReason("malformed").setMessage("invalid tenant id or time");
        } catch (IOException e) {
            answer.setReason("audit_unreadable").setMessage("the node's audit cannot be read; its log says more");
        }
        return NodeMessage.newBuilder().setAuditAnswer(answer).build();
    }
}
