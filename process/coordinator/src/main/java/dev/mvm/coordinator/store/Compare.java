package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;
import java.util.Optional;

/// A condition on one key. A key that does not exist has revisions, version and lease 0, and no value at all: every
/// comparison with its value fails.
public sealed interface Compare {
    Key key();

    /// The relation that the store's value, on the left, must have to the expected value.
    enum Relation {
        EQUAL,
        NOT_EQUAL,
        LESS,
        GREATER;

        boolean holds(int comparison) {
            return switch (this) {
                case EQUAL -> comparison == 0;
                case NOT_EQUAL -> comparison != 0;
                case LESS -> comparison < 0;
                case GREATER -> comparison > 0;
            };
        }
    }

    record CreateRevision(Key key, Relation relation, long want) implements Compare {}

    record ModRevision(Key key, Relation relation, long want) implements Compare {}

    record Version(Key key, Relation relation, long want) implements Compare {}

    record Lease(Key key, Relation relation, long want) implements Compare {}

    record Value(Key key, Relation relation, ByteString want) implements Compare {}

    /// The key does not exist.
    static Compare absent(Key key) {
        return new CreateRevision(key, Relation.EQUAL, 0);
    }

    /// The entry is as it was read.
    static Compare unchanged(Entry entry) {
        return new ModRevision(entry.key(), Relation.EQUAL, entry.modRevision());
    }

    /// The entry is as it was read, or still missing.
    static Compare unchanged(Key key, Optional<Entry> entry) {
        return entry.map(Compare::unchanged).orElseGet(() -> absent(key));
    }

    /// Returns whether the condition holds for the store's entry of the key.
    default boolean holds(Optional<Entry> have) {
        return switch (this) {
            case CreateRevision(var _, var relation, var want) ->
                relation.holds(Long.compare(have.map(Entry::createRevision).orElse(0L), want));
            case ModRevision(var _, var relation, var want) ->
                relation.holds(Long.compare(have.map(Entry::modRevision).orElse(0L), want));
            case Version(var _, var relation, var want) ->
                relation.holds(Long.compare(have.map(Entry::version).orElse(0L), want));
            case Lease(var _, var relation, var want) ->
                relation.holds(Long.compare(have.map(Entry::lease).orElse(0L), want));
            case Value(var _, var relation, var want) ->
                have.isPresent()
                        && relation.holds(ByteString.unsignedLexicographicalComparator()
                                .compare(have.get().value(), want));
        };
    }
}
