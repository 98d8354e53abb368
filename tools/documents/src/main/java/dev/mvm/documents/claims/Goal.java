package dev.mvm.documents.claims;

/// Goal that a claim serves.
enum Goal {
    PRIVILEGE_SEPARATION("privilege-separation", "Privilege separation"),
    INTEGRITY("integrity", "Cryptographic integrity"),
    CONFIDENTIALITY("confidentiality", "Confidentiality of memory and disk");

    private final String word;
    private final String title;

    Goal(String word, String title) {
        this.word = word;
        this.title = title;
    }

    /// Returns the word in `claims.toml`.
    String word() {
        return word;
    }

    /// Returns the heading of the page.
    String title() {
        return title;
    }
}
