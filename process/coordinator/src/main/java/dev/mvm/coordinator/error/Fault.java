package dev.mvm.coordinator.error;

import io.grpc.Status;

/// The kinds of failure that a caller has to distinguish, with their numbers in both protocols (RFC 9110 section 15;
/// google/rpc/code.proto).
public enum Fault {
    /// The request is malformed; sending it again will not help.
    INVALID(400, Status.Code.INVALID_ARGUMENT),
    /// The caller has not been authenticated.
    UNAUTHENTICATED(401, Status.Code.UNAUTHENTICATED),
    /// The caller is not allowed to do this.
    FORBIDDEN(403, Status.Code.PERMISSION_DENIED),
    MISSING(404, Status.Code.NOT_FOUND),
    WRONG_VERB(405, Status.Code.UNIMPLEMENTED),
    EXISTS(409, Status.Code.ALREADY_EXISTS),
    /// Not possible in the present state of the fleet.
    CONFLICT(409, Status.Code.FAILED_PRECONDITION),
    TOO_LARGE(413, Status.Code.INVALID_ARGUMENT),
    /// Too many requests; a later one may succeed.
    LIMITED(429, Status.Code.RESOURCE_EXHAUSTED),
    /// A bug in the coordinator.
    INTERNAL(500, Status.Code.INTERNAL),
    /// A node or the store cannot be reached; a later request may succeed.
    UNAVAILABLE(503, Status.Code.UNAVAILABLE),
    /// No answer in time; the request may still take effect.
    TIMED_OUT(504, Status.Code.DEADLINE_EXCEEDED);

    private final int http;
    private final Status.Code grpc;

    Fault(int http, Status.Code grpc) {
        this.http = http;
        this.grpc = grpc;
    }

    /// The HTTP status code.
    public int http() {
        return http;
    }

    public Status.Code grpc() {
        return grpc;
    }

    /// Returns whether the request was refused for its content; otherwise the coordinator or a node failed.
    public boolean isRefusal() {
        return switch (this) {
            case INVALID, UNAUTHENTICATED, FORBIDDEN, MISSING, WRONG_VERB, EXISTS, CONFLICT, TOO_LARGE, LIMITED -> true;
            case INTERNAL, UNAVAILABLE, TIMED_OUT -> false;
        };
    }
}
