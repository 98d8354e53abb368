package dev.mvm.protocol.snapshot;

import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;

/// Whose snapshot it is, and which of theirs.
///
/// @param epoch 0 or more: which sleep of the instance. Whoever wakes it keeps account of the one that may be woken
public record Place(TenantId tenant, PoolId pool, InstanceId instance, long epoch) {
    public Place {
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

    void expect(Place expected) throws SnapshotException {
        expect(Reason.WRONG_TENANT, tenant, expected.tenant);
        expect(Reason.WRONG_POOL, pool, expected.pool);
        expect(Reason.WRONG_INSTANCE, instance, expected.instance);
        expect(Reason.WRONG_EPOCH, epoch, expected.epoch);
    }

    private static void expect(Reason reason, Object is, Object expected) throws SnapshotException {
        if (!is.equals(expected)) {
            throw new SnapshotException(reason, is + " instead of " + expected);
        }
    }
}
