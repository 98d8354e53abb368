package dev.mvm.coordinator.trust;

/// Something that counts under the trust root in force and would not under the next one, so that the fleet, or a part
/// of it, would stop. A format: operators name it when they mean it.
public enum RootLoss {
    /// The coordinator's key may sign no state then: nothing starts.
    STATE_KEY("state_key", "the coordinator's key may sign no states"),
    /// No key that signs for the key service now may do so then: no node takes a tenant's key.
    KEYS_ROLE("keys_role", "no key of role keys stays"),
    /// Grants are void then: their tenants' instances stop.
    GRANTS("grants", "void are the grants of"),
    /// Node documents are void then: their nodes get no tenants' keys.
    NODE_DOCUMENTS("node_documents", "void are the documents of");

    private final String word;
    private final String meaning;

    RootLoss(String word, String meaning) {
        this.word = word;
        this.meaning = meaning;
    }

    /// The word for it in requests and answers.
    public String word() {
        return word;
    }

    /// The loss in words for people; for documents, followed by the names of their subjects.
    public String meaning() {
        return meaning;
    }

    /// The loss with this word.
    ///
    /// @throws IllegalArgumentException if there is no such loss
    public static RootLoss of(String word) {
        for (var loss : values()) {
            if (loss.word.equals(word)) {
                return loss;
            }
        }
        throw new IllegalArgumentException(
                "even_if: expected state_key, keys_role, grants or node_documents, not " + word);
    }
}
