package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.model.Digest;
import java.util.Optional;

/// A log that is saved while it is read. Saved states are not fetched again, so that a coordinator that has
/// rewritten its log is detected.
public final class RecordedLog implements LogSource {
    private final CoordinatorLog from;
    private final SavedLog saved;

    public RecordedLog(CoordinatorLog from, SavedLog saved) {
        this.from = from;
        this.saved = saved;
    }

    @Override
    public Optional<byte[]> head() throws Failure {
        var head = from.head();
        if (head.isPresent()) {
            saved.replaceHead(head.get());
        }
        return head;
    }

    @Override
    public Optional<byte[]> state(long index) throws Failure {
        var before = saved.state(index);
        if (before.isPresent()) {
            return before;
        }
        var state = from.state(index);
        if (state.isPresent()) {
            saved.addState(index, state.get());
        }
        return state;
    }

    @Override
    public Optional<byte[]> grant(Digest digest) throws Failure {
        var before = saved.grant(digest);
        if (before.isPresent()) {
            return before;
        }
        var grant = from.grant(digest);
        if (grant.isPresent()) {
            saved.addGrant(digest, grant.get());
        }
        return grant;
    }
}
