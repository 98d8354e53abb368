package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.api.ExecConversation;
import dev.mvm.coordinator.api.InstanceService;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/// Turns a request into a WebSocket on which a program runs, or on which its logs are shown.
final class ExecUpgrade {
    /// Larger than [dev.mvm.coordinator.exec.Relay#MAX_CHUNK], whose error is clearer.
    private static final int MAX_MESSAGE = 256 * 1024;

    private final InstanceService instances;
    private final Callers callers;
    private final Refusals refusals;
    private final ScheduledExecutorService timer;
    private final ServerWebSocketContainer container;

    ExecUpgrade(
            InstanceService instances,
            Callers callers,
            Refusals refusals,
            ScheduledExecutorService timer,
            Server server) {
        this.instances = instances;
        this.callers = callers;
        this.refusals = refusals;
        this.timer = timer;
        this.container = ServerWebSocketContainer.ensure(server);
        container.setMaxBinaryMessageSize(MAX_MESSAGE);
        container.setMaxTextMessageSize(1);
        container.setMaxFrameSize(MAX_MESSAGE);
        // a program may be silent for hours; pings detect a lost operator
        container.setIdleTimeout(Duration.ZERO);
    }

    /// A kind of session, by the name of the method that it is.
    enum Kind {
        EXEC("Exec"),
        LOGS("Logs");

        private final String method;

        Kind(String method) {
            this.method = method;
        }

        String method() {
            return method;
        }
    }

    /// Upgrades a request that was admitted for this kind of session.
    ///
    /// @param caller as the request was admitted
    /// @param address the variables of the path
    void upgrade(
            Kind kind,
            Admitted caller,
            Map<String, String> address,
            Request request,
            Response response,
            Callback callback)
            throws ProblemException {
        if (!"websocket".equalsIgnoreCase(request.getHeaders().get("Upgrade"))) {
            throw new ProblemException(Fault.INVALID, "no_websocket", "this path is for WebSockets");
        }
        if (request.getHeaders().contains("Origin")) {
            throw new ProblemException(Fault.FORBIDDEN, "foreign_origin", "web pages may not open sessions");
        }
        caller.requireTenant(address.getOrDefault("tenant", ""));
        var lasting = callers.lasting(request, caller);
        container.upgrade(
                (_, _, _) -> new ExecSocket(
                        opening(kind, caller, address),
                        problem -> refusals.note(caller.name(), kind.method(), problem),
                        lasting,
                        timer),
                request,
                response,
                callback);
    }

    private ExecConversation.Opening opening(Kind kind, Admitted caller, Map<String, String> address) {
        return switch (kind) {
            case EXEC ->
                (first, operator) -> {
                    var start = first.getStart();
                    requireSame(address, start.getTenant(), start.getPool(), start.getInstance());
                    return instances.exec(caller, first, operator);
                };
            case LOGS ->
                (first, operator) -> {
                    var logs = first.getLogs();
                    requireSame(address, logs.getTenant(), logs.getPool(), logs.getInstance());
                    return instances.logs(caller, first, operator);
                };
        };
    }

    /// The path is what the request was admitted for.
    private static void requireSame(Map<String, String> address, String tenant, String pool, String instance)
            throws ProblemException {
        if (!tenant.equals(address.get("tenant"))
                || !pool.equals(address.get("pool"))
                || !instance.equals(address.get("instance"))) {
            throw ProblemException.invalid("the first message has to name the instance of the path");
        }
    }
}
