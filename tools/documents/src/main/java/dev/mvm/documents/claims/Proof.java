package dev.mvm.documents.claims;

/// A kind of test, from the one that is farthest from an installed node to the one that is nearest.
enum Proof {
    UNIT("unit", "unit test"),
    STRUCTURE("structure", "rule over the compiled code"),
    PROGRAM("program", "test of a C program"),
    FLEET("fleet", "scenario on a fleet in dev mode"),
    NODE("node", "suite on an installed node");

    private final String word;
    private final String title;

    Proof(String word, String title) {
        this.word = word;
        this.title = title;
    }

    /// Returns the word in tables.
    String word() {
        return word;
    }

    /// Returns the words before a list of tests.
    String title() {
        return title;
    }
}
