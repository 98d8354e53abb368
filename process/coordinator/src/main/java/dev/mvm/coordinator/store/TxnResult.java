package dev.mvm.coordinator.store;

import java.util.List;

/// The result of a transaction.
///
/// @param held whether the conditions held
/// @param revision of the store afterwards; it is the transaction's own if it changed anything
/// @param answers one for each step that was taken
public record TxnResult(boolean held, long revision, List<Answer> answers) {
    public TxnResult {
        answers = List.copyOf(answers);
    }

    /// The answer of one step.
    public sealed interface Answer {
        record Put() implements Answer {}

        record Deleted(int count) implements Answer {}

        record Got(List<Entry> entries) implements Answer {
            public Got {
                entries = List.copyOf(entries);
            }
        }
    }
}
