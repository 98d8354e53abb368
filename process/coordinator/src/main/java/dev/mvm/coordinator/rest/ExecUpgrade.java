package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.api.InstanceService;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.protocol.control.v1.ExecStart;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/// Turns a request into a WebSocket on which a program runs.
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

    /// Upgrades a request that was admitted.
    ///
    /// @param caller as the request was admitted
    /// @param address the variables of the path
    void upgrade(Admitted caller, Map<String, String> address, Request request, Response response, Callback callback)
            throws ProblemException {
        if (!"websocket".equalsIgnoreCase(request.getHeaders().get("Upgrade"))) {
            throw new ProblemException(Fault.INVALID, "no_websocket", "this path is for WebSockets");
        }
        if (request.getHeaders().contains("Origin")) {
            throw new ProblemException(Fault.FORBIDDEN, "foreign_origin", "web pages may not run programs");
        }
        caller.requireTenant(address.getOrDefault("tenant", ""));
        var lasting = callers.lasting(request, caller);
        container.upgrade(
                (_, _, _) -> new ExecSocket(
                        instances,
                        caller,
                        start -> isFor(address, start),
                        problem -> refusals.note(caller.name(), "Exec", problem),
                        lasting,
                        timer),
                request,
                response,
                callback);
    }

    private static boolean isFor(Map<String, String> address, ExecStart start) {
        return start.getTenant().equals(address.get("tenant"))
                && start.getPool().equals(address.get("pool"))
                && start.getInstance().equals(address.get("instance"));
    }
}
