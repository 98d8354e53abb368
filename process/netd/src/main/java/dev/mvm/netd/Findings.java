package dev.mvm.netd;

/// One line for each thing that a verification looked at.
final class Findings {
    private static final int LONGEST = 400;

    private Findings() {}

    static Finding of(String name, Object must, Object is) {
        boolean holds = must.equals(is);
        var line = (holds ? "" + is : is + ", must be " + must).replaceAll("[^ -~]", "?");
        return new Finding(name, holds, line.substring(0, Math.min(line.length(), LONGEST)));
    }
}
