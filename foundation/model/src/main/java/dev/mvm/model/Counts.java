package dev.mvm.model;

/// Desired number of a pool's instances in each state on one node. Also a ceiling: the root process lets no
/// more run than are wanted.
public record Counts(int running, int warm, int sleeping) {
    /// Most instances of one pool in one state on one node.
    public static final int MAX = 100;

    public static final Counts NONE = new Counts(0, 0, 0);

    public Counts {
        check("running", running);
        check("warm", warm);
        check("sleeping", sleeping);
    }

    public int total() {
        return running + warm + sleeping;
    }

    private static void check(String name, int value) {
        if (value < 0 || value > MAX) {
            throw new IllegalArgumentException("count " + name + " is " + value + " (want 0 to " + MAX + ")");
        }
    }
}
