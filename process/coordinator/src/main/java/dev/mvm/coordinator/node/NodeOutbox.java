package dev.mvm.coordinator.node;

import dev.mvm.protocol.control.v1.CoordinatorMessage;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/// What waits to be sent to a node that does not read as fast as we write. Bounded: of states only the newest
/// counts, and requests beyond the limit are refused.
final class NodeOutbox {
    private static final int MAX_REQUESTS = 64;

    private final Queue<CoordinatorMessage> requests = new ArrayDeque<>();
    private Optional<CoordinatorMessage> roots = Optional.empty();
    private Optional<CoordinatorMessage> state = Optional.empty();

    void roots(CoordinatorMessage message) {
        roots = Optional.of(message);
    }

    void state(CoordinatorMessage message) {
        state = Optional.of(message);
    }

    /// Keeps a request, if there is room.
    ///
    /// @return whether there was
    boolean request(CoordinatorMessage message) {
        return requests.size() < MAX_REQUESTS && requests.add(message);
    }

    /// Takes the next message: roots, by which states are judged, then a state, by which requests are judged.
    Optional<CoordinatorMessage> next() {
        if (roots.isPresent()) {
            var next = roots;
            roots = Optional.empty();
            return next;
        }
        if (state.isPresent()) {
            var next = state;
            state = Optional.empty();
            return next;
        }
        return Optional.ofNullable(requests.poll());
    }
}
