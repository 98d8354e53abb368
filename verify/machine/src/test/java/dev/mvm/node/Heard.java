package dev.mvm.node;

import dev.mvm.protocol.guest.ChannelListener;
import dev.mvm.protocol.guest.EndReason;
import dev.mvm.protocol.guest.HookWord;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A listener that remembers what a guest says.
final class Heard implements ChannelListener {
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final CompletableFuture<EndReason> closed = new CompletableFuture<>();
    private final BlockingQueue<HookWord> words = new LinkedBlockingQueue<>();

    @Override
    public void ready() {
        ready.complete(true);
    }

    @Override
    public void hook(HookWord word) {
        words.add(word);
    }

    @Override
    public void closed(EndReason reason) {
        closed.complete(reason);
    }

    void awaitReady() throws Exception {
        var _ = ready.get(Machine.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    EndReason awaitClosed() throws Exception {
        return closed.get(Machine.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /// The next word; fails if none comes.
    HookWord awaitWord() throws Exception {
        var word = words.poll(Machine.LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (word == null) {
            throw new AssertionError("the worker says nothing");
        }
        return word;
    }
}
