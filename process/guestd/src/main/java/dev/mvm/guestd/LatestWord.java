package dev.mvm.guestd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.protocol.guest.HookWord;
import java.util.Optional;
import java.util.function.Consumer;

/// Limits the reports of one guest's worker: passes one on at once, and of those within a pause the last. A program
/// in a guest can send thousands a second, and each makes the listeners look at all instances of the node.
final class LatestWord {
    private final Consumer<Runnable> later;
    private final Consumer<HookWord> say;

    @GuardedBy("this")
    private Optional<HookWord> waiting = Optional.empty();

    @GuardedBy("this")
    private boolean pausing;

    @GuardedBy("this")
    private boolean over;

    /// @param later runs a task after a pause
    /// @param say passes a word on; called by one thread at a time
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

    /// Ends the reports: no word is passed on once this returns.
    synchronized void end() {
        over = true;
    }
}
