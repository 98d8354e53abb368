package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.rest.JsonText;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Errors that Jetty finds itself, such as a malformed request line, in the form of all others.
final class ProblemErrors implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Answers.harden(response);
        var problem = status == Fault.INTERNAL.http()
                ? ProblemException.internal()
                : ProblemException.invalid("not a request that this port understands");
        Answers.json(response, status, JsonText.of(problem.problem()), callback);
        return true;
    }
}
