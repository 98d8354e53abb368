package dev.mvm.protocol.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what tenants' audits hold. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void phases_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Phase.values()).map(Phase::word))
                .containsExactly("decided", "done", "refused", "failed", "unknown", "noted");
    }

    @Test
    void events_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(TenantEvent.values()).map(TenantEvent::word))
                .containsExactly(
                        "tenant_created",
                        "tenant_destroyed",
                        "pool_created",
                        "pool_built",
                        "pool_destroyed",
                        "instance_created",
                        "instance_attached",
                        "instance_started",
                        "instance_stopped",
                        "instance_warmed",
                        "instance_resumed",
                        "instance_slept",
                        "instance_woken",
                        "instance_destroyed",
                        "instance_exec",
                        "instance_logs",
                        "snapshot_created",
                        "snapshot_restored",
                        "snapshot_deleted",
                        "quota_exceeded",
                        "secrets_rotated",
                        "key_rotated",
                        "network_set_up",
                        "audit_mended",
                        "audit_retired");
    }
}
