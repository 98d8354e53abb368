package dev.mvm.agentd.execute;

import dev.mvm.model.TenantId;
import java.util.HashMap;
import java.util.Map;

/// Places for steps at hostd. A tenant's first step takes the tenant's own place; a further one at the same time
/// takes one of those that all tenants share. So each tenant can have a step in progress, however long the steps of
/// others take and however many others there are, up to [#OWN] tenants at a time. Thread-safe.
final class Places {
    /// Most tenants that may have steps in progress at a time. hostd has 64 connections, and observations, pings and
    /// verbs need some.
    static final int OWN = 40;

    private final int shared;
    private final Map<TenantId, Integer> taken = new HashMap<>();
    private int inUse;
    private int waiting;

    /// @param parallel most steps of one tenant at a time, and so one more than are shared
    Places(int parallel) {
        this.shared = parallel - 1;
    }

    /// Takes a place; waits for it.
    synchronized void take(TenantId tenant) throws InterruptedException {
        waiting++;
        try {
            while (!free(tenant)) {
                wait();
            }
        } finally {
            waiting--;
        }
        taken.merge(tenant, 1, Integer::sum);
        inUse++;
    }

    private boolean free(TenantId tenant) {
        return taken.containsKey(tenant) ? inUse - taken.size() < shared : taken.size() < OWN;
    }

    /// Gives a place of the tenant's back.
    synchronized void giveBack(TenantId tenant) {
        taken.computeIfPresent(tenant, (_, steps) -> steps > 1 ? steps - 1 : null);
        inUse--;
        notifyAll();
    }

    /// Number of steps that wait for a place.
    synchronized int waiting() {
        return waiting;
    }
}
