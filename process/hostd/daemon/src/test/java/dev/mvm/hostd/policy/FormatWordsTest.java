package dev.mvm.hostd.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Reasons of hostd's refusals: in answers, audits and metrics. Others read the words: they stay when a constant is
/// renamed.
final class FormatWordsTest {
    @Test
    void refusals_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Refusal.values())
                        .map(refusal -> refusal.label().value()))
                .containsExactly(
                        "not_permitted_now",
                        "busy",
                        "unknown_instance",
                        "id_taken",
                        "slot_taken",
                        "no_state",
                        "not_in_state",
                        "frozen",
                        "revision_differs",
                        "resources_differ",
                        "count_exceeded",
                        "quota_exceeded",
                        "no_network",
                        "artefact_missing",
                        "artefact_differs",
                        "revision_malformed",
                        "runtime_not_granted",
                        "no_volume_key",
                        "volume_missing",
                        "volume_differs",
                        "volume_larger",
                        "volume_fixed",
                        "cannot_sleep",
                        "too_many_sleeps",
                        "no_snapshot_key",
                        "no_snapshot",
                        "no_key_yet",
                        "guest_refused",
                        "exec_not_granted",
                        "logs_not_granted",
                        "guest_unreachable");
    }
}
