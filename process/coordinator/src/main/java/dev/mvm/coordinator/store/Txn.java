package dev.mvm.coordinator.store;

import java.util.ArrayList;
import java.util.List;

/// If all conditions hold, one list of steps; else the other. All of it at one revision, or nothing.
public record Txn(List<Compare> when, List<Op> then, List<Op> otherwise) {
    /// @throws IllegalArgumentException if a list of steps writes one key twice
    public Txn {
        when = List.copyOf(when);
        then = List.copyOf(then);
        otherwise = List.copyOf(otherwise);
        onceEach(then);
        onceEach(otherwise);
    }

    /// Steps without conditions.
    public static Txn of(Op... steps) {
        return new Txn(List.of(), List.of(steps), List.of());
    }

    private static void onceEach(List<Op> steps) {
        var puts = new ArrayList<KeyRange>();
        for (var step : steps) {
            if (step instanceof Op.Put(var key, var _, var _)) {
                if (puts.stream().anyMatch(range -> range.contains(key))) {
                    throw new IllegalArgumentException("a transaction writes " + key + " twice");
                }
                puts.add(KeyRange.of(key));
            }
        }
        for (var step : steps) {
            if (step instanceof Op.Delete(var range) && puts.stream().anyMatch(range::overlaps)) {
                throw new IllegalArgumentException("a transaction writes a key and deletes it");
            }
        }
    }
}
