package dev.mvm.coordinator.node;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.NodeMessage.AgentAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.AuditAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.NetworksAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.VerbAnswer;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.Verb;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/// The connection of one node, for sending to it. Thread-safe.
public final class NodeLink {
    /// The stream of the connection. Called with the link's lock held, never by two threads at once.
    public interface Wire {
        boolean ready();

        void send(CoordinatorMessage message);

        /// Ends the stream with an error.
        void end(ProblemException why);
    }

    private final NodeId node;
    private final Wire wire;
    private final ReentrantLock lock = new ReentrantLock();
    private final NodeOutbox outbox = new NodeOutbox();
    private final Map<Long, CompletableFuture<NodeMessage>> asked = new HashMap<>();
    private final LinkKeys keys = new LinkKeys();
    private long lastRequest;
    private long lastSequence;
    private int lastRoot;
    private boolean closed;

    public NodeLink(NodeId node, Wire wire) {
        this.node = node;
        this.wire = wire;
    }

    public NodeId node() {
        return node;
    }

    /// Returns what is known of the node's key blobs.
    public LinkKeys keys() {
        return keys;
    }

    /// Returns whether neither this state nor a newer one has been sent on this connection.
    boolean awaits(long sequence) {
        lock.lock();
        try {
            return !closed && sequence > lastSequence;
        } finally {
            lock.unlock();
        }
    }

    /// Sends a state, unless this one or a newer one has been sent on this connection.
    ///
    /// @return whether it was sent or queued
    boolean state(long sequence, CoordinatorMessage.State state) {
        lock.lock();
        try {
            if (!awaits(sequence)) {
                return false;
            }
            lastSequence = sequence;
            outbox.state(CoordinatorMessage.newBuilder().setState(state).build());
            flush();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Sends trust roots, unless these have been sent on this connection.
    ///
    /// @param version of the last of them
    void roots(int version, Iterable<ByteString> roots) {
        lock.lock();
        try {
            if (!closed && version > lastRoot) {
                lastRoot = version;
                outbox.roots(CoordinatorMessage.newBuilder()
                        .setRoots(CoordinatorMessage.Roots.newBuilder().addAllRoots(roots))
                        .build());
                flush();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Asks the node to open a session stream.
    public void openSession(ByteString session) throws ProblemException {
        request(CoordinatorMessage.newBuilder()
                .setOpenSession(CoordinatorMessage.OpenSession.newBuilder().setSession(session))
                .build());
    }

    /// Sends a verb to the node and waits for its outcome.
    ///
    /// @param force whether to skip the guest's consent to sleep
    /// @param patience longest wait
    /// @throws ProblemException `node_lost`, `node_busy` or `timed_out`
    public VerbAnswer change(InstanceAddress address, Verb verb, boolean force, Duration patience)
            throws ProblemException, InterruptedException {
        return answer(
                        (out, number) -> out.getVerbBuilder()
                                .setRequest(number)
                                .setAddress(address.toString())
                                .setVerb(verb)
                                .setForce(force),
                        patience)
                .getVerbAnswer();
    }

    /// Asks the node to verify its networks and waits for its findings.
    ///
    /// @throws ProblemException `node_lost`, `node_busy` or `timed_out`
    public NetworksAnswer verifyNetworks(boolean deep, Duration patience)
            throws ProblemException, InterruptedException {
        return answer(
                        (out, number) -> out.getVerifyNetworksBuilder()
                                .setRequest(number)
                                .setDeep(deep),
                        patience)
                .getNetworksAnswer();
    }

    /// Sends a question to the node's agent and waits for its answer.
    ///
    /// @throws ProblemException `node_lost`, `node_busy` or `timed_out`
    public AgentAnswer askAgent(Question question, Duration patience) throws ProblemException, InterruptedException {
        return answer(
                        (out, number) ->
                                out.getAskAgentBuilder().setRequest(number).setQuestion(question),
                        patience)
                .getAgentAnswer();
    }

    /// Asks the node for a part of a tenant's audit and waits for it.
    ///
    /// @throws ProblemException `node_lost`, `node_busy` or `timed_out`
    public AuditAnswer readAudit(TenantId tenant, long from, String since, Duration patience)
            throws ProblemException, InterruptedException {
        return answer(
                        (out, number) -> out.getReadAuditBuilder()
                                .setRequest(number)
                                .setTenant(tenant.value())
                                .setFrom(from)
                                .setSince(since),
                        patience)
                .getAuditAnswer();
    }

    /// A request without its number.
    @FunctionalInterface
    interface Request {
        void fill(CoordinatorMessage.Builder out, long number);
    }

    NodeMessage answer(Request request, Duration patience) throws ProblemException, InterruptedException {
        var answer = new CompletableFuture<NodeMessage>();
        long number = ask(request, answer);
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ProblemException(
                    Fault.TIMED_OUT,
                    "timed_out",
                    "node " + node + " has not answered; the request may still have taken effect");
        } catch (ExecutionException e) {
            throw lost();
        } finally {
            lock.lock();
            try {
                asked.remove(number);
            } finally {
                lock.unlock();
            }
        }
    }

    private long ask(Request request, CompletableFuture<NodeMessage> answer) throws ProblemException {
        lock.lock();
        try {
            long number = ++lastRequest;
            asked.put(number, answer);
            var message = CoordinatorMessage.newBuilder();
            request.fill(message, number);
            request(message.build());
            return number;
        } finally {
            lock.unlock();
        }
    }

    private void request(CoordinatorMessage message) throws ProblemException {
        lock.lock();
        try {
            if (closed) {
                throw lost();
            }
            if (!outbox.request(message)) {
                throw new ProblemException(
                        Fault.UNAVAILABLE, "node_busy", "node " + node + " has too many requests waiting");
            }
            flush();
        } finally {
            lock.unlock();
        }
    }

    private ProblemException lost() {
        return new ProblemException(Fault.UNAVAILABLE, "node_lost", "node " + node + " is not connected");
    }

    /// Passes the node's answer to the thread that waits for it.
    ///
    /// @return whether a thread has waited; otherwise the answer is dropped
    @CanIgnoreReturnValue
    public boolean answered(long request, NodeMessage answer) {
        lock.lock();
        try {
            var waiting = Optional.ofNullable(asked.remove(request));
            return waiting.isPresent() && waiting.get().complete(answer);
        } finally {
            lock.unlock();
        }
    }

    /// To be called whenever the stream can take another message.
    public void writable() {
        lock.lock();
        try {
            flush();
        } finally {
            lock.unlock();
        }
    }

    private void flush() {
        boolean more = true;
        while (more && !closed && wire.ready()) {
            var next = outbox.next();
            next.ifPresent(wire::send);
            more = next.isPresent();
        }
    }

    /// Ends the connection.
    public void end(ProblemException why) {
        lock.lock();
        try {
            if (!closed) {
                wire.end(why);
            }
        } finally {
            lock.unlock();
        }
        closed();
    }

    /// The connection has ended: waiting threads get `node_lost`.
    void closed() {
        lock.lock();
        try {
            closed = true;
            asked.values().forEach(waiting -> waiting.completeExceptionally(lost()));
            asked.clear();
        } finally {
            lock.unlock();
        }
    }
}
