package dev.mvm.guestd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.protocol.guest.HookWord;
import java.util.Optional;
import java.util.function.Consumer;

/// The words of one guest's worker, as often as anybody needs to hear them: one at once, and of those that follow it
/// within a pause the last. Whoever runs in a guest can say thousands a second, and everything that listens looks at
/// all of the node's instances then.
final class LatestWord {
    private final Consumer<Runnable> later;
    private final Consumer<HookWord> say;

    @GuardedBy("this")
    private Optional<HookWord> waiting = Optional.empty();

    @GuardedBy("this")
    private boolean pausing;

    @GuardedBy("this")
    private boolean over;

    /// @param later runs what it is given after a pause
    /// @param say called by one thread at a time
    LatestWord(Consumer<Runnable> later, Consumer<HookWord> say) {
        this.later = later;
        this.say = say;
    }

    synchronized void said(HookWord word) {
        waiting = Optional.of(word);
        if (!pausing) {
            sayWaiting();
        }
    }

    private synchronized void sayWaiting() {
        pausing = waiting.isPresent() && !over;
        if (pausing) {
            say.accept(waiting.get());
            waiting = Optional.empty();
            later.accept(this::sayWaiting);
        }
    }

    /// Nothing is said any more once this returns.
    synchronized void end() {
        over = true;
    }
}
