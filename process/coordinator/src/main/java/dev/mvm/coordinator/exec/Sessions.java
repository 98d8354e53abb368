package dev.mvm.coordinator.exec;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.node.NodeLink;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.ExecInput;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// The sessions that wait for their node, and the open ones. A session id is 16 random bytes. It is valid once, for
/// one node, and for a limited time.
///
/// Thread-safe.
public final class Sessions {
    private static final int ID_BYTES = 16;

    private final Executor threads;
    private final ScheduledExecutorService timer;
    private final Duration patience;
    private final int most;
    private final SecureRandom random = new SecureRandom();
    private final Map<ByteString, Waiting> waiting = new HashMap<>();
    private final Set<Relay> all = new HashSet<>();

    private record Waiting(NodeId node, Relay relay) {}

    /// @param threads handle the events of sessions
    /// @param patience time limit for a node to open its stream
    /// @param most limit of sessions at once
    public Sessions(Executor threads, ScheduledExecutorService timer, Duration patience, int most) {
        this.threads = threads;
        this.timer = timer;
        this.patience = patience;
        this.most = most;
    }

    /// Starts a session: asks the node to open its stream.
    ///
    /// @param first the message that says what is wanted
    /// @throws ProblemException `too_many_sessions`, `node_lost` or `node_busy`
    public Relay start(NodeLink link, ExecInput first, OperatorEnd operator) throws ProblemException {
        var relay = new Relay(threads, operator, first, this::forget);
        var id = newId();
        synchronized (this) {
            if (all.size() >= most) {
                throw new ProblemException(
                        Fault.LIMITED, "too_many_sessions", "the limit of " + most + " sessions is reached");
            }
            all.add(relay);
            waiting.put(id, new Waiting(link.node(), relay));
        }
        try {
            link.openSession(id);
        } catch (ProblemException e) {
            claim(link.node(), id);
            forget(relay);
            throw e;
        }
        var _ = timer.schedule(() -> expire(link.node(), id), patience.toMillis(), TimeUnit.MILLISECONDS);
        return relay;
    }

    private ByteString newId() {
        var id = new byte[ID_BYTES];
        random.nextBytes(id);
        return ByteString.copyFrom(id);
    }

    private void expire(NodeId node, ByteString id) {
        claim(node, id)
                .ifPresent(relay -> relay.abort(new ProblemException(
                        Fault.TIMED_OUT, "timed_out", "node " + node + " did not open the session")));
    }

    /// Returns the session that `node` was asked to open under this id, and makes the id invalid. For any other node
    /// the result is empty, and the id stays valid for the right one.
    public synchronized Optional<Relay> claim(NodeId node, ByteString id) {
        var found = waiting.get(id);
        if (found == null || !found.node().equals(node)) {
            return Optional.empty();
        }
        waiting.remove(id);
        return Optional.of(found.relay());
    }

    private synchronized void forget(Relay relay) {
        all.remove(relay);
        waiting.values().removeIf(entry -> entry.relay().equals(relay));
    }

    /// Returns the number of sessions.
    public synchronized int count() {
        return all.size();
    }

    /// Ends all sessions.
    public void abortAll(ProblemException why) {
        Set<Relay> now;
        synchronized (this) {
            now = Set.copyOf(all);
        }
        now.forEach(relay -> relay.abort(why));
    }
}
