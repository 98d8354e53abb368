package dev.mvm.attack;

import java.util.ArrayList;
import java.util.List;

/// Outcome of an attack: the checks that held, and those that did not.
final class Tally {
    private final List<String> fallen = new ArrayList<>();
    private int held;

    void judge(String name, boolean good, String otherwise) {
        if (good) {
            held++;
        } else {
            fallen.add(name + ": " + otherwise);
        }
    }

    /// Prints the outcome and returns the exit status.
    int report() {
        fallen.forEach(line -> System.out.println("fallen: " + line));
        System.out.println("held: " + held);
        return fallen.isEmpty() ? 0 : 1;
    }
}
