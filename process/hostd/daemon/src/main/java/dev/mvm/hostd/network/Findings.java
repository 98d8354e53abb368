package dev.mvm.hostd.network;

import dev.mvm.protocol.hostd.Observation.Finding;

/// Makes findings of a verification.
final class Findings {
    private static final int LONGEST = 400;

    private Findings() {}

    /// Compares `is` with `must`. The text has at most 400 characters of printable ASCII.
    static Finding of(String name, Object must, Object is) {
        boolean holds = must.equals(is);
        var line = (holds ? "" + is : is + ", must be " + must).replaceAll("[^ -~]", "?");
        return new Finding(name, holds, line.substring(0, Math.min(line.length(), LONGEST)));
    }
}
