package dev.mvm.protocol.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The words of a format, what signed documents, audits and metrics hold. Others read them: they stay when a constant
/// is renamed.
final class FormatWordsTest {
    private static final List<DocumentType> TYPES =
            List.of(DocumentType.ROOT, DocumentType.GRANT, DocumentType.NODE_STATE, DocumentType.TREE_HEAD);

    @Test
    void roles_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Role.values()).map(Role::word))
                .containsExactly("root", "grant", "state", "node", "keys");
    }

    @Test
    void reasons_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(DocumentReason.values()).map(DocumentReason::code))
                .containsExactly(
                        "too_large",
                        "malformed",
                        "wrong_type",
                        "unsigned",
                        "bad_signature",
                        "untrusted_key",
                        "below_threshold",
                        "not_the_pinned_root",
                        "root_version",
                        "root_expired",
                        "expired",
                        "not_yet_valid",
                        "wrong_fleet",
                        "wrong_node",
                        "replayed",
                        "equivocation",
                        "broken_chain",
                        "network_conflict",
                        "no_grant",
                        "grant_superseded",
                        "node_superseded",
                        "beyond_grant_network",
                        "beyond_grant_quota",
                        "beyond_grant_pool",
                        "beyond_grant_revision",
                        "beyond_grant_resources",
                        "beyond_grant_rates",
                        "beyond_grant_mode",
                        "beyond_grant_count",
                        "beyond_grant_flag",
                        "beyond_grant_key",
                        "key_revoked",
                        "key_superseded",
                        "key_equivocation",
                        "no_node_key",
                        "key_not_vouched",
                        "over_quota",
                        "not_logged",
                        "log_proof",
                        "log_inconsistent",
                        "log_rollback");
    }

    @Test
    void documentTypes_haveTheWordsOfTheFormat() {
        assertThat(TYPES.stream().map(DocumentType::mediaType))
                .containsExactly(
                        "application/vnd.mvm.root.v2+json",
                        "application/vnd.mvm.grant.v3+json",
                        "application/vnd.mvm.node-state.v3+json",
                        "application/vnd.mvm.tree-head.v1+json");
        assertThat(DocumentType.ROOT.mediaType(1)).isEqualTo("application/vnd.mvm.root.v1+json");
        assertThat(TYPES.stream().map(DocumentType::oldest)).containsExactly(1, 3, 3, 1);
        assertThat(TYPES.stream().map(DocumentType::newest)).containsExactly(2, 3, 3, 1);
    }
}
