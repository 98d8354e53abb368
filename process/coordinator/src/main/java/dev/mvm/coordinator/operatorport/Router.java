package dev.mvm.coordinator.operatorport;

import com.google.protobuf.Message;
import dev.mvm.coordinator.pki.Role;
import dev.mvm.coordinator.problem.Fault;
import dev.mvm.coordinator.problem.ProblemException;
import dev.mvm.coordinator.problem.Refusals;
import dev.mvm.coordinator.service.Access;
import dev.mvm.coordinator.service.Calls;
import dev.mvm.coordinator.service.FleetService;
import dev.mvm.coordinator.service.RateLimit;
import dev.mvm.protocol.control.rest.PathTemplate;
import dev.mvm.protocol.control.rest.RestException;
import dev.mvm.protocol.control.rest.RestMapping;
import dev.mvm.protocol.control.rest.Route;
import dev.mvm.protocol.control.v1.FleetProto;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From request to call. The order never varies: who asks, how often, what.
final class Router extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);
    private static final String HEALTH = "/v1/health";
    private static final PathTemplate EXEC = PathTemplate.parse("/v1/instances/{tenant}/{pool}/{instance}/exec");

    /// All holders of the token are one caller.
    static final String CALLER = "token";

    private final RestMapping mapping =
            RestMapping.of(FleetProto.getDescriptor().findServiceByName("Fleet"));
    private final FleetService fleet;
    private final Calls calls;
    private final Token token;
    private final RateLimit limit;
    private final Refusals refusals;
    private final ExecUpgrade exec;

    Router(FleetService fleet, Token token, RateLimit limit, Refusals refusals, ExecUpgrade exec) {
        this.fleet = fleet;
        this.calls = new Calls(fleet);
        this.token = token;
        this.limit = limit;
        this.refusals = refusals;
        this.exec = exec;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Answers.harden(response);
        try {
            route(request, response, callback);
        } catch (ProblemException e) {
            refusals.note(e.fault() == Fault.UNAUTHENTICATED ? "" : CALLER, method(request), e);
            Answers.problem(response, e, callback);
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", request.getMethod(), request.getHttpURI().getPath(), e);
            Answers.problem(response, ProblemException.internal(), callback);
        }
        return true;
    }

    /// The name of what was called, or that it has none; a path is whatever the caller made up.
    private String method(Request request) {
        var path = String.valueOf(request.getHttpURI().getPath());
        if (EXEC.match(path).isPresent()) {
            return "Exec";
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
        authenticate(request);
        limit.take(CALLER);
        var address = EXEC.match(path);
        if (address.isPresent()) {
            permit("mvm.control.v1.Fleet/Exec");
            exec.upgrade(address.get(), request, response, callback);
            return;
        }
        switch (mapping.find(request.getMethod(), path)) {
            case RestMapping.Lookup.Found(var route, var variables) ->
                Answers.ok(response, call(route, variables, request), callback);
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

    private void authenticate(Request request) throws ProblemException {
        var given = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
        if (given.size() != 1 || !token.opens(given.getFirst())) {
            throw new ProblemException(
                    Fault.UNAUTHENTICATED, "unauthenticated", "want the header Authorization: Bearer and the token");
        }
    }

    private static void permit(String method) throws ProblemException {
        if (Access.roleFor(method).filter(Role.OPERATOR::equals).isEmpty()) {
            throw new ProblemException(Fault.FORBIDDEN, "wrong_role", "operators may not call " + method);
        }
    }

    private Message call(Route route, Map<String, String> variables, Request request) throws ProblemException {
        permit("mvm.control.v1.Fleet/" + route.name());
        var call = calls.named(route.name())
                .orElseThrow(() -> new IllegalStateException("a route without a call: " + route.name()));
        try {
            var body = RestRequest.body(request);
            return call.runUnchecked(route.request(call.empty(), variables, RestRequest.query(request), body));
        } catch (RestException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }
}
