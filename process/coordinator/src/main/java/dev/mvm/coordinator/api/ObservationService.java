package dev.mvm.coordinator.api;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.control.v1.ListEventsRequest;
import dev.mvm.protocol.control.v1.ListEventsResponse;
import dev.mvm.protocol.control.v1.ReadAuditRequest;
import dev.mvm.protocol.control.v1.ReadAuditResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;

/// Calls about events on nodes and about their audits. Blocking.
final class ObservationService {
    private static final int LIMIT = 100;
    private static final int MOST = 1000;
    private static final int LONGEST_WAIT = 30;

    private final Nodes nodes;
    private final Duration patience;

    /// @param patience time limit of a node's answer
    ObservationService(Nodes nodes, Duration patience) {
        this.nodes = nodes;
        this.patience = patience;
    }

    ReadAuditResponse readAudit(ReadAuditRequest request) throws ProblemException {
        var node = RequestFields.parsed(request.getNode(), NodeId::new);
        var tenant = RequestFields.parsed(request.getTenant(), TenantId::new);
        if (request.getFrom() < 0) {
            throw ProblemException.invalid("from is the number of a line, 0 for the oldest");
        }
        if (!request.getSince().isEmpty()) {
            time(request.getSince());
        }
        var link = nodes.linkOf(node);
        var part = NodeCall.await(
                () -> nodes.audit(link.readAudit(tenant, request.getFrom(), request.getSince(), patience)));
        return ReadAuditResponse.newBuilder()
                .setLines(part.getLines())
                .setFirst(Math.max(0, part.getFirst()))
                .setNext(Math.max(0, part.getNext()))
                .build();
    }

    ListEventsResponse listEvents(Admitted caller, ListEventsRequest request) throws ProblemException {
        int limit = request.getLimit() == 0 ? LIMIT : request.getLimit();
        if (request.getAfter() < 0 || limit < 1 || limit > MOST) {
            throw ProblemException.invalid("after is 0 or more, limit 1 to " + MOST);
        }
        if (request.getWaitSeconds() < 0 || request.getWaitSeconds() > LONGEST_WAIT) {
            throw ProblemException.invalid("wait_seconds is 0 to " + LONGEST_WAIT);
        }
        var prefix = RequestFields.optional(request.getTenant(), TenantId::new)
                .map(tenant -> tenant + "/")
                .orElse("");
        // an event of the fleet or of a node has no tenant, which only a caller for all tenants covers
        Predicate<FleetEvent> selected = event ->
                event.getSubject().startsWith(prefix) && caller.covers(RequestFields.tenantOf(event.getSubject()));
        var wait = Duration.ofSeconds(request.getWaitSeconds());
        return NodeCall.await(() -> nodes.events().after(request.getAfter(), selected, limit, wait));
    }

    private static void time(String text) throws ProblemException {
        try {
            Instant.parse(text);
        } catch (DateTimeException e) {
            throw ProblemException.invalid("since is a time such as 2026-01-31T12:00:00Z");
        }
    }
}
