package dev.mvm.coordinator.exec;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/// One direction of a relay: messages from a source that is asked for each of them, to a drain that says when it can
/// take more. At most [#WINDOW] messages are asked for or held, so a drain that stops stops its source.
///
/// For one thread at a time.
final class RelayDirection<T> {
    static final int WINDOW = 4;

    /// Where messages go.
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

    /// @param ask asks the source for one message more
    RelayDirection(Runnable ask) {
        this.ask = ask;
    }

    /// A message that came although nobody asked for it: the first of a stream.
    void offer(T message) {
        held.add(message);
        move();
    }

    /// A message that was asked for.
    void arrived(T message) {
        asked--;
        offer(message);
    }

    /// Says where messages go from now on, and starts asking for them.
    void open(Drain<T> into) {
        drain = Optional.of(into);
        move();
    }

    /// Nothing more comes. When the last message has been sent, `then` runs.
    void finish(Runnable then) {
        if (last.isEmpty()) {
            last = Optional.of(then);
            move();
        }
    }

    /// Forgets what is held and does nothing any more.
    void stop() {
        stopped = true;
        held.clear();
    }

    /// Moves what can be moved. To be called whenever the drain can take more.
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
