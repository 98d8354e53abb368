package dev.mvm.coordinator.error;

import dev.mvm.coordinator.store.StoreException;
import dev.mvm.protocol.control.v1.Problem;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.Serial;

/// A request that failed, with what its sender is told.
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

    /// What a node said was wrong, in its own words, made fit to be shown.
    public static ProblemException ofNode(String reason, String message) {
        return new ProblemException(Fault.CONFLICT, reason, message, true);
    }

    /// A request that cannot be meant.
    public static ProblemException invalid(String message) {
        return new ProblemException(Fault.INVALID, "invalid_request", message);
    }

    /// The store did not answer; the log says why.
    public static ProblemException of(StoreException e) {
        return new ProblemException(
                Fault.UNAVAILABLE, "store_unavailable", "the coordinator's store does not answer; try again");
    }

    /// A bug; the log says more than the sender is told.
    public static ProblemException internal() {
        return new ProblemException(Fault.INTERNAL, "internal", "the coordinator failed; its log says why");
    }

    public Fault fault() {
        return fault;
    }

    public Problem problem() {
        return problem;
    }

    /// The reason to count it by: a code of ours, or `node`, since a node that was taken over may say any number of
    /// them.
    public String countedReason() {
        return ofNode ? "node" : problem.getReason();
    }

    /// As gRPC says it.
    public StatusException status() {
        var trailers = new Metadata();
        trailers.put(TRAILER, problem.toByteArray());
        return Status.fromCode(fault.grpc()).withDescription(getMessage()).asException(trailers);
    }
}
