package dev.mvm.coordinator.error;

import io.grpc.Status;

/// The kinds of failure that a caller has to tell apart, as both protocols number them (RFC 9110 section 15;
/// google/rpc/code.proto).
public enum Fault {
    /// The request itself is wrong; sending it again will not help.
    INVALID(400, Status.Code.INVALID_ARGUMENT),
    /// Nobody known is asking.
    UNAUTHENTICATED(401, Status.Code.UNAUTHENTICATED),
    /// Whoever asks may not.
    FORBIDDEN(403, Status.Code.PERMISSION_DENIED),
    MISSING(404, Status.Code.NOT_FOUND),
    WRONG_VERB(405, Status.Code.UNIMPLEMENTED),
    EXISTS(409, Status.Code.ALREADY_EXISTS),
    /// Not possible as things stand.
    CONFLICT(409, Status.Code.FAILED_PRECONDITION),
    TOO_LARGE(413, Status.Code.INVALID_ARGUMENT),
    /// Too much at once; later it may work.
    LIMITED(429, Status.Code.RESOURCE_EXHAUSTED),
    /// A bug here.
    INTERNAL(500, Status.Code.INTERNAL),
    /// A node or the store cannot be reached; later it may work.
    UNAVAILABLE(503, Status.Code.UNAVAILABLE),
    /// No answer in time; it may still happen.
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

    /// Whether the caller asked for what it cannot have; otherwise something here or on a node failed.
    public boolean isRefusal() {
        return switch (this) {
            case INVALID, UNAUTHENTICATED, FORBIDDEN, MISSING, WRONG_VERB, EXISTS, CONFLICT, TOO_LARGE, LIMITED -> true;
            case INTERNAL, UNAVAILABLE, TIMED_OUT -> false;
        };
    }
}
