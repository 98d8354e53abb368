package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.authz.Access;
import dev.mvm.coordinator.authz.Admission;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.authz.RateLimit;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.pki.CertificateRole;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/// Dev mode: a client with the token is an admin for all tenants, and all of them count as one caller.
final class TokenCallers implements Callers {
    private static final String NAME = "token";

    private final OperatorToken token;
    private final Access access;
    private final RateLimit limit;

    TokenCallers(OperatorToken token, Access access, RateLimit limit) {
        this.token = token;
        this.access = access;
        this.limit = limit;
    }

    @Override
    public Admitted admit(Request request, String method) throws ProblemException {
        if (!opens(request)) {
            throw Admission.unauthenticated("expected the header Authorization: Bearer and the token");
        }
        Admission.requireRole(access, CertificateRole.OPERATOR, method);
        limit.take(NAME);
        return Admitted.holderOfTheToken(NAME);
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
    public Lasting lasting(Request request, Admitted caller) {
        return _ -> () -> {}; // the token is valid for as long as the coordinator runs
    }

    @Override
    public String challenge() {
        return "Bearer";
    }
}
