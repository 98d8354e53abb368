package dev.mvm.agentd;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Listeners for changes of this node, called one after another on the thread that noticed the change. Thread-safe.
final class ChangeListeners implements Runnable {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    void add(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void run() {
        listeners.forEach(Runnable::run);
    }
}
