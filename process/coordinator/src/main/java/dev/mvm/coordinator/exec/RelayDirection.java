package dev.mvm.coordinator.exec;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/// One direction of a relay: messages from a source, which sends each on request, to a drain, which reports
/// when it can take another. At most [#WINDOW] messages are requested or held, so that a drain that stops
/// reading stops its source.
///
/// For one thread at a time.
final class RelayDirection<T> {
    static final int WINDOW = 4;

    /// The receiver of messages.
    interface Drain<T> {
        boolean ready();

        void send(T message);
    }

    private final Runnable ask;
    private final Queue<T> held = new ArrayDeque<>();
    private Optional<Drain<T>> drain = Optional.empty();
    private Optional<Runnable> last = Optional.empty();
    private int asked;
    private boolean stopped;

    /// @param ask requests one more message from the source
    RelayDirection(Runnable ask) {
        this.ask = ask;
    }

    /// Takes a message that was not requested: the first of a stream.
    void offer(T message) {
        held.add(message);
        move();
    }

    /// Takes a message that was requested.
    void arrived(T message) {
        asked--;
        offer(message);
    }

    /// Sets the receiver, and begins to request messages.
    void open(Drain<T> into) {
        drain = Optional.of(into);
        move();
    }

    /// The source has ended. `then` runs when the last message has been sent.
    void finish(Runnable then) {
        if (last.isEmpty()) {
            last = Optional.of(then);
            move();
        }
    }

    /// Drops the messages that are held, and every later one.
    void stop() {
        stopped = true;
        held.clear();
    }

    /// Sends as many messages as the drain takes. To be called whenever the drain can take another.
    void move() {
        if (drain.isEmpty()) {
            return;
        }
        var into = drain.get();
        while (!stopped && !held.isEmpty() && into.ready()) {
            into.send(held.remove());
        }
        if (!stopped && held.isEmpty() && last.isPresent()) {
            stopped = true;
            last.get().run();
        }
        while (!stopped && last.isEmpty() && asked + held.size() < WINDOW) {
            asked++;
            ask.run();
        }
    }
}
