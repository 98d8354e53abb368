package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.service.Admission;
import dev.mvm.coordinator.service.RateLimit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/// Dev mode: whoever has the token is an operator, and all of them are one caller.
final class TokenCallers implements Callers {
    private static final String NAME = "token";

    private final OperatorToken token;
    private final RateLimit limit;

    TokenCallers(OperatorToken token, RateLimit limit) {
        this.token = token;
        this.limit = limit;
    }

    @Override
    public String admit(Request request, String method) throws ProblemException {
        if (!opens(request)) {
            throw Admission.unauthenticated("want the header Authorization: Bearer and the token");
        }
        limit.take(NAME);
        return NAME;
    }

    private boolean opens(Request request) {
        var given = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
        return given.size() == 1 && token.opens(given.getFirst());
    }

    @Override
    public String named(Request request) {
        return opens(request) ? NAME : "";
    }

    @Override
    public Lasting lasting(Request request) {
        return _ -> () -> {}; // the token counts for as long as the coordinator runs
    }

    @Override
    public String challenge() {
        return "Bearer";
    }
}
