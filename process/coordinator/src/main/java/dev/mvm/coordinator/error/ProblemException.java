package dev.mvm.coordinator.error;

import dev.mvm.coordinator.store.StoreException;
import dev.mvm.protocol.control.v1.Problem;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.Serial;

/// A request that failed, with the problem that its sender receives.
public final class ProblemException extends Exception {
    /// The trailer that carries the problem over gRPC.
    public static final Metadata.Key<byte[]> TRAILER =
            Metadata.Key.of("mvm-error-bin", Metadata.BINARY_BYTE_MARSHALLER);

    @Serial
    private static final long serialVersionUID = 1L;

    private final Fault fault;
    private final Problem problem;
    private final boolean ofNode;

    /// @param reason a stable code in snake case
    /// @param message one line for a person: what, why, what next
    public ProblemException(Fault fault, String reason, String message) {
        this(fault, reason, message, false);
    }

    private ProblemException(Fault fault, String reason, String message, boolean ofNode) {
        super(reason + ": " + message);
        this.fault = fault;
        this.ofNode = ofNode;
        this.problem =
                Problem.newBuilder().setReason(reason).setMessage(message).build();
    }

    /// A problem that a node reported.
    ///
    /// @param reason a code, sanitized
    /// @param message one line, sanitized
    public static ProblemException ofNode(String reason, String message) {
        return new ProblemException(Fault.CONFLICT, reason, message, true);
    }

    /// The request is malformed.
    public static ProblemException invalid(String message) {
        return new ProblemException(Fault.INVALID, "invalid_request", message);
    }

    /// The store did not answer; the coordinator's log has the cause.
    public static ProblemException of(StoreException e) {
        return new ProblemException(
                Fault.UNAVAILABLE, "store_unavailable", "the coordinator's store does not answer; try again");
    }

    /// A bug; the coordinator's log has the details, which the sender does not receive.
    public static ProblemException internal() {
        return new ProblemException(Fault.INTERNAL, "internal", "the coordinator failed; its log has the cause");
    }

    /// The coordinator is shutting down.
    public static ProblemException stopping() {
        return new ProblemException(Fault.UNAVAILABLE, "stopping", "the coordinator is stopping");
    }

    public Fault fault() {
        return fault;
    }

    public Problem problem() {
        return problem;
    }

    /// Returns the reason to count by: a code of the coordinator, or `node` for any code of a node. A node that was
    /// taken over could otherwise create any number of time series.
    public String countedReason() {
        return ofNode ? "node" : problem.getReason();
    }

    /// Returns the gRPC status, with the problem in its trailer.
    public StatusException status() {
        var trailers = new Metadata();
        trailers.put(TRAILER, problem.toByteArray());
        return Status.fromCode(fault.grpc()).withDescription(getMessage()).asException(trailers);
    }
}
