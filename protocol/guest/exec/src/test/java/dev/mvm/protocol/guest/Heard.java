package dev.mvm.protocol.guest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A listener that keeps the calls it received.
final class Heard implements ChannelListener {
    private final CompletableFuture<EndReason> closed = new CompletableFuture<>();
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();

    // guarded by this
    private final List<HookWord> words = new ArrayList<>();

    @Override
    public void ready() {
        if (closed.isDone() || !ready.complete(true)) {
            throw new AssertionError("ready once more, or after the end");
        }
    }

    @Override
    public synchronized void hook(HookWord word) {
        words.add(word);
        notifyAll();
    }

    @Override
    public void closed(EndReason reason) {
        if (!closed.complete(reason)) {
            throw new AssertionError("a second end");
        }
    }

    boolean isReady() {
        return ready.isDone();
    }

    boolean isClosed() {
        return closed.isDone();
    }

    void awaitReady() throws ExecutionException, InterruptedException, TimeoutException {
        var _ = ready.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    EndReason awaitClosed() throws ExecutionException, InterruptedException, TimeoutException {
        return closed.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    synchronized List<HookWord> awaitWords(int count) throws InterruptedException {
        while (words.size() < count) {
            wait();
        }
        return List.copyOf(words);
    }
}
