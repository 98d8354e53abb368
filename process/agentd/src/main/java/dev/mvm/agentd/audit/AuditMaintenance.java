package dev.mvm.agentd.audit;

import dev.mvm.model.TenantId;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Signs and shortens the tenants' audits every ten minutes.
///
/// @param present gives the tenants of the state in force
/// @param expired takes the tenant and head of each audit that was removed as a whole
public record AuditMaintenance(TenantAudits audits, Supplier<Set<TenantId>> present, Consumer<String> expired)
        implements Runnable {
    private static final Duration PERIOD = Duration.ofMinutes(10);

    @Override
    public void run() {
        try {
            while (true) {
                audits.tend(present.get(), expired);
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
