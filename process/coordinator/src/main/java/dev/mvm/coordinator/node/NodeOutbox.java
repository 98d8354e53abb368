package dev.mvm.coordinator.node;

import dev.mvm.protocol.control.v1.CoordinatorMessage;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/// Messages that wait until a node reads. Bounded: only the newest state is kept, and requests beyond the limit are
/// refused.
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

    /// Adds a request.
    ///
    /// @return whether there was room
    boolean request(CoordinatorMessage message) {
        return requests.size() < MAX_REQUESTS && requests.add(message);
    }

    /// Removes and returns the next message: roots first, because the node verifies states with them, then a state,
    /// because the node checks requests against it.
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
