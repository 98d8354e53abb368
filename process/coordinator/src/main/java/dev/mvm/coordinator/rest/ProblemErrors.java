package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.rest.JsonText;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Answers to errors that Jetty detects, such as a malformed request line, in the form of all other errors.
final class ProblemErrors implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Answers.harden(response);
        var problem = status == Fault.INTERNAL.http()
                ? ProblemException.internal()
                : ProblemException.invalid("malformed request");
        Answers.json(response, status, JsonText.of(problem.problem()), callback);
        return true;
    }
}
