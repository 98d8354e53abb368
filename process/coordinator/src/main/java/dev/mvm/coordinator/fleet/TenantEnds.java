package dev.mvm.coordinator.fleet;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.FleetReader;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.coordinator.trust.SignedTombstone;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends of tenants by the operators' word. An end that was taken stays, whichever trust root follows: what was
/// destroyed does not come back.
public final class TenantEnds {
    private static final Logger LOG = LoggerFactory.getLogger(TenantEnds.class);

    /// Reason for refusing what is for a tenant with a tombstone.
    private static final String ENDED = "tombstoned";

    private final FleetStore records;
    private final FleetReader reader;

    public TenantEnds(FleetStore records, FleetReader reader) {
        this.records = records;
        this.reader = reader;
    }

    /// A tombstone as it was published.
    public record Published(ByteString envelope, SignedTombstone tombstone) {}

    /// Takes a tombstone: the tenant's grant and targets are deleted, so that no node's next state has it. Its
    /// record and its instances stay until the tenant is destroyed.
    ///
    /// @throws ProblemException `grant_superseded`, `tombstoned`, or the reason why the document was refused
    public SignedTombstone publish(ByteString envelope) throws StoreException, ProblemException {
        var tombstone = verified(envelope);
        var tenant = tombstone.tenant();
        return Retries.untilDone(() -> {
            var at = FleetKeys.tombstoneKey(tenant);
            var earlier = records.store().get(at);
            if (earlier.isPresent()) {
                return Optional.of(same(earlier.get(), envelope, tombstone));
            }
            var grantEntry = records.store().get(FleetKeys.grantKey(tenant));
            requireLast(tombstone, grantEntry.flatMap(records::grant));
            boolean held = records.commit(
                    Map.of(at, earlier, FleetKeys.grantKey(tenant), grantEntry),
                    List.of(
                            Op.put(at, envelope),
                            Op.delete(FleetKeys.grantKey(tenant)),
                            Op.delete(FleetKeys.wantsKey(tenant))));
            if (held) {
                LOG.info("tenant {} has ended, by tombstone {}", tenant, tombstone.digest());
            }
            return held ? Optional.of(tombstone) : Optional.empty();
        });
    }

    private SignedTombstone verified(ByteString envelope) throws ProblemException {
        try {
            return reader.tombstone(envelope);
        } catch (DocumentRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), "the tombstone is refused: " + e.getMessage());
        }
    }

    private static SignedTombstone same(Entry earlier, ByteString envelope, SignedTombstone tombstone)
            throws ProblemException {
        if (earlier.value().equals(envelope)) {
            return tombstone;
        }
        throw ended(Fault.CONFLICT, tombstone.tenant());
    }

    private static void requireLast(SignedTombstone tombstone, Optional<SignedGrant> grant) throws ProblemException {
        if (grant.isPresent() && tombstone.version() <= grant.get().version()) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "grant_superseded",
                    "grant version " + grant.get().version() + " of tenant " + tombstone.tenant()
                            + " is in force; this tombstone has version " + tombstone.version()
                            + " (sign one with a higher version)");
        }
    }

    /// Refuses what would follow a tombstone.
    ///
    /// @param fault the kind of refusal
    /// @param entry of the tenant's tombstone, if there is one
    static void requireNotEnded(Fault fault, TenantId tenant, Optional<Entry> entry) throws ProblemException {
        if (entry.isPresent()) {
            throw ended(fault, tenant);
        }
    }

    private static ProblemException ended(Fault fault, TenantId tenant) {
        return new ProblemException(
                fault, ENDED, "a tombstone of tenant " + tenant + " was published; its name is never used again");
    }

    /// Returns the tombstones that the trust root in force vouches for, by tenant.
    public List<Published> all() throws StoreException {
        var out = new ArrayList<Published>();
        for (var entry : records.store().range(FleetKeys.TOMBSTONES).entries()) {
            try {
                out.add(new Published(entry.value(), reader.tombstone(entry.value())));
            } catch (DocumentRefusedException e) {
                LOG.error("{} counts, though it is refused now: {}: {}", entry.key(), e.reason(), e.getMessage());
            }
        }
        return out;
    }
}
