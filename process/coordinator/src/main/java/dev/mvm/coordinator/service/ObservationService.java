package dev.mvm.coordinator.service;

import dev.mvm.coordinator.error.Fault;
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

/// What has happened on nodes: as they report it, and as they have written it down. Blocking.
public final class ObservationService {
    private static final int LIMIT = 100;
    private static final int MOST = 1000;
    private static final int LONGEST_WAIT = 30;

    private final Nodes nodes;
    private final Duration patience;

    /// @param patience how long a node has to answer
    ObservationService(Nodes nodes, Duration patience) {
        this.nodes = nodes;
        this.patience = patience;
    }

    ReadAuditResponse readAudit(ReadAuditRequest request) throws ProblemException {
        var node = node(request.getNode());
        var tenant = tenant(request.getTenant());
        if (request.getFrom() < 0) {
            throw ProblemException.invalid("from is the number of a line, 0 for the oldest");
        }
        if (!request.getSince().isEmpty()) {
            moment(request.getSince());
        }
        var link = nodes.linkOf(node);
        try {
            var part = nodes.audit(link.readAudit(tenant, request.getFrom(), request.getSince(), patience));
            return ReadAuditResponse.newBuilder()
                    .setLines(part.getLines())
                    .setFirst(Math.max(0, part.getFirst()))
                    .setNext(Math.max(0, part.getNext()))
                    .build();
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    ListEventsResponse listEvents(ListEventsRequest request) throws ProblemException {
        int limit = request.getLimit() == 0 ? LIMIT : request.getLimit();
        if (request.getAfter() < 0 || limit < 1 || limit > MOST) {
            throw ProblemException.invalid("after is 0 or more, limit 1 to " + MOST);
        }
        if (request.getWaitSeconds() < 0 || request.getWaitSeconds() > LONGEST_WAIT) {
            throw ProblemException.invalid("wait_seconds is 0 to " + LONGEST_WAIT);
        }
        Predicate<FleetEvent> wanted = _ -> true;
        if (!request.getTenant().isEmpty()) {
            var prefix = tenant(request.getTenant()) + "/";
            wanted = event -> event.getSubject().startsWith(prefix);
        }
        try {
            return nodes.events()
                    .after(request.getAfter(), wanted, limit, Duration.ofSeconds(request.getWaitSeconds()));
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    private static NodeId node(String name) throws ProblemException {
        try {
            return new NodeId(name);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static TenantId tenant(String name) throws ProblemException {
        try {
            return new TenantId(name);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static void moment(String text) throws ProblemException {
        try {
            Instant.parse(text);
        } catch (DateTimeException e) {
            throw ProblemException.invalid("since is a moment such as 2026-01-31T12:00:00Z");
        }
    }

    private static ProblemException stopping() {
        Thread.currentThread().interrupt();
        return new ProblemException(Fault.UNAVAILABLE, "stopping", "the coordinator is stopping");
    }
}
