package dev.mvm.coordinator.rest;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Request;

/// Authenticates and admits the callers of requests.
interface Callers {
    /// Admits a request, or refuses it, before its body is read.
    ///
    /// @param method full name of the method that the path names
    /// @return the caller
    /// @throws ProblemException as [dev.mvm.coordinator.authz.Admission#admit] says
    Admitted admit(Request request, String method) throws ProblemException;

    /// Returns the caller that the request names, admitted or not; empty if it names no caller.
    String named(Request request);

    /// Returns a watch over the caller of `request`, for a session that outlives the request. The server reuses a
    /// request's memory, so this has to be called while the request is handled.
    ///
    /// @param caller as the request was admitted
    Lasting lasting(Request request, Admitted caller);

    /// Watches over the caller of a session.
    interface Lasting {
        /// Begins the watch.
        ///
        /// @param end ends the session if the caller is no longer authenticated
        /// @return to be run when the session has ended
        Runnable begin(Consumer<ProblemException> end);
    }

    /// Returns the value of `WWW-Authenticate` for a caller that is not authenticated.
    String challenge();
}
