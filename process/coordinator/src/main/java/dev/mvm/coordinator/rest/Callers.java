package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.error.ProblemException;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Request;

/// Who makes requests, and whether they may.
interface Callers {
    /// Decides about a request before anything of it is read.
    ///
    /// @param method full name of the method that is meant, or empty where the path names none
    /// @return the caller's name, for the audit
    String admit(Request request, String method) throws ProblemException;

    /// Whom the request names, whether or not it may do anything; empty if nobody.
    String named(Request request);

    /// Who makes `request`, for a conversation that outlives it: the server uses a request's memory again.
    Lasting lasting(Request request);

    /// Watches over a conversation.
    interface Lasting {
        /// Begins to.
        ///
        /// @param end ends it, should the caller cease to count meanwhile
        /// @return to be run when it is over
        Runnable begin(Consumer<ProblemException> end);
    }

    /// What a caller who is nobody is asked for: the value of `WWW-Authenticate`.
    String challenge();
}
