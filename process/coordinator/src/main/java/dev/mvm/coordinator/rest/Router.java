package dev.mvm.coordinator.rest;

import com.google.protobuf.Message;
import dev.mvm.coordinator.api.Calls;
import dev.mvm.coordinator.api.FleetService;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.protocol.control.rest.PathTemplate;
import dev.mvm.protocol.control.rest.RestException;
import dev.mvm.protocol.control.rest.RestMapping;
import dev.mvm.protocol.control.rest.Route;
import dev.mvm.protocol.control.v1.FleetProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns requests into calls, always in the same order: authenticate, limit the rate, then read the request.
final class Router extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);
    private static final String HEALTH = "/v1/health";

    private record SessionPath(ExecUpgrade.Kind kind, PathTemplate path) {}

    private static final List<SessionPath> SESSIONS = List.of(
            new SessionPath(ExecUpgrade.Kind.EXEC, PathTemplate.parse("/v1/instances/{tenant}/{pool}/{instance}/exec")),
            new SessionPath(
                    ExecUpgrade.Kind.LOGS, PathTemplate.parse("/v1/instances/{tenant}/{pool}/{instance}/logs")));

    private static final String FLEET = "mvm.control.v1.Fleet/";

    /// The role of this method is required to learn that a path names no method.
    private static final String ANY = FLEET + "ListPools";

    private final RestMapping mapping =
            RestMapping.of(FleetProto.getDescriptor().findServiceByName("Fleet"));
    private final FleetService fleet;
    private final Calls calls;
    private final Callers callers;
    private final Refusals refusals;
    private final RequestMetrics requests;
    private final ExecUpgrade exec;

    Router(FleetService fleet, Callers callers, Refusals refusals, RequestMetrics requests, ExecUpgrade exec) {
        this.fleet = fleet;
        this.calls = fleet.calls();
        this.callers = callers;
        this.refusals = refusals;
        this.requests = requests;
        this.exec = exec;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Answers.harden(response);
        var method = method(request);
        long began = System.nanoTime();
        requests.asked(RequestMetrics.Port.REST, method);
        try {
            route(request, response, callback);
        } catch (ProblemException e) {
            refusals.note(callers.named(request), method, e);
            Answers.problem(response, e, callers.challenge(), callback);
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", request.getMethod(), request.getHttpURI().getPath(), e);
            requests.failed(method, "internal");
            Answers.problem(response, ProblemException.internal(), callers.challenge(), callback);
        } finally {
            requests.took(method, Duration.ofNanos(System.nanoTime() - began));
        }
        return true;
    }

    /// Returns the short name of the method that was called, or `unknown`: a path is text that the caller chose, and
    /// does not become a label.
    private String method(Request request) {
        var path = String.valueOf(request.getHttpURI().getPath());
        for (var session : SESSIONS) {
            if (session.path().match(path).isPresent()) {
                return session.kind().method();
            }
        }
        if (path.equals(HEALTH)) {
            return "Health";
        }
        return mapping.find(request.getMethod(), path) instanceof RestMapping.Lookup.Found found
                ? found.route().name()
                : "unknown";
    }

    private void route(Request request, Response response, Callback callback) throws ProblemException {
        var path = String.valueOf(request.getHttpURI().getPath());
        if (path.equals(HEALTH) && request.getMethod().equals("GET")) {
            health(response, callback);
            return;
        }
        for (var session : SESSIONS) {
            var address = session.path().match(path);
            if (address.isPresent()) {
                var caller = callers.admit(request, FLEET + session.kind().method());
                exec.upgrade(session.kind(), caller, address.get(), request, response, callback);
                return;
            }
        }
        var lookup = mapping.find(request.getMethod(), path);
        var caller = callers.admit(
                request,
                lookup instanceof RestMapping.Lookup.Found found
                        ? FLEET + found.route().name()
                        : ANY);
        switch (lookup) {
            case RestMapping.Lookup.Found(var route, var variables) ->
                Answers.ok(response, call(caller, route, variables, request), callback);
            case RestMapping.Lookup.WrongVerb(var allowed) -> {
                response.getHeaders().put(HttpHeader.ALLOW, String.join(", ", allowed));
                throw new ProblemException(
                        Fault.WRONG_VERB, "wrong_method", "this path takes " + String.join(" and ", allowed));
            }
            case RestMapping.Lookup.Nowhere() ->
                throw new ProblemException(Fault.MISSING, "unknown_route", "there is nothing at this path");
        }
    }

    private void health(Response response, Callback callback) {
        boolean healthy = fleet.healthy();
        Answers.json(
                response, healthy ? 200 : 503, healthy ? "{\"status\":\"ok\"}" : "{\"status\":\"failed\"}", callback);
    }

    private Message call(Admitted caller, Route route, Map<String, String> variables, Request request)
            throws ProblemException {
        var call = calls.named(route.name())
                .orElseThrow(() -> new IllegalStateException("a route without a call: " + route.name()));
        try {
            var body = RestRequest.body(request);
            return call.runUnchecked(caller, route.request(call.empty(), variables, RestRequest.query(request), body));
        } catch (RestException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }
}
