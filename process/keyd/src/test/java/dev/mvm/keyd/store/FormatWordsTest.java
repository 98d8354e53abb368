package dev.mvm.keyd.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Words that others have, and so do not change.
final class FormatWordsTest {
    @Test
    void reasons() {
        assertThat(StoreException.Reason.values())
                .extracting(StoreException.Reason::code)
                .containsExactly(
                        "held",
                        "store_behind",
                        "key_unknown",
                        "too_soon",
                        "too_many_versions",
                        "grant_superseded",
                        "purpose_differs",
                        "tenant_destroyed",
                        "standby",
                        "grant_awaited",
                        "no_master_key",
                        "master_exposed",
                        "master_unreachable",
                        "store_damaged",
                        "store_place",
                        "store_in_use",
                        "failed");
    }

    @Test
    void states() {
        assertThat(StoreStatus.State.values())
                .extracting(StoreStatus.State::word)
                .containsExactly("serving", "held", "stopped");
    }
}
