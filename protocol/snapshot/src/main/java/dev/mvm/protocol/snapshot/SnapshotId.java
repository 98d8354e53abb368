package dev.mvm.protocol.snapshot;

import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;

/// Identity of a snapshot: its tenant, instance and epoch.
///
/// @param epoch 0 or more: which sleep of the instance. The registry records the epoch that may be woken
public record SnapshotId(TenantId tenant, PoolId pool, InstanceId instance, long epoch) {
    public SnapshotId {
        if (epoch < 0) {
            throw new IllegalArgumentException("epoch " + epoch);
        }
    }

    String lines() {
        return owner() + epoch + "\n";
    }

    /// The same of every sleep.
    String owner() {
        return tenant + "\n" + pool + "\n" + instance + "\n";
    }

    void expect(SnapshotId expected) throws SnapshotException {
        expect(SnapshotReason.WRONG_TENANT, tenant, expected.tenant);
        expect(SnapshotReason.WRONG_POOL, pool, expected.pool);
        expect(SnapshotReason.WRONG_INSTANCE, instance, expected.instance);
        expect(SnapshotReason.WRONG_EPOCH, epoch, expected.epoch);
    }

    private static void expect(SnapshotReason reason, Object is, Object expected) throws SnapshotException {
        if (!is.equals(expected)) {
            throw new SnapshotException(reason, is + " instead of " + expected);
        }
    }
}
