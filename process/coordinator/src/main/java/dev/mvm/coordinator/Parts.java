package dev.mvm.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The parts of a process in the order in which they were started. They are stopped in reverse.
///
/// For one thread at a time.
final class Parts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    /// Adds a part that has been started, and returns it.
    <T extends AutoCloseable> T add(T part) {
        started.push(part);
        return part;
    }

    /// Stops every part. A part that fails to stop is logged and does not keep the others running.
    @Override
    public void close() {
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception e) { // as AutoCloseable declares
                LOG.warn("a part did not stop cleanly: {}", e.getMessage());
            }
        }
    }
}
