package dev.mvm.coordinator.fleet;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.FleetReader;
import dev.mvm.coordinator.trust.SignedMeasurements;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lists of measurements that operators have signed. The coordinator keeps them and hands them out; it compares no node
/// with them.
public final class AcceptedSoftware {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptedSoftware.class);

    private final FleetStore records;
    private final FleetReader reader;
    private final InstantSource clock;

    public AcceptedSoftware(FleetStore records, FleetReader reader, InstantSource clock) {
        this.records = records;
        this.reader = reader;
        this.clock = clock;
    }

    /// A list as it was published.
    public record Published(ByteString envelope, SignedMeasurements measurements) {}

    /// Takes a list that follows all earlier ones.
    ///
    /// @throws ProblemException `expired`, `measurements_superseded`, or the reason why the document was refused
    public SignedMeasurements publish(ByteString envelope) throws StoreException, ProblemException {
        var next = verified(envelope);
        if (!clock.instant().isBefore(next.expires())) {
            throw new ProblemException(Fault.CONFLICT, "expired", "the measurements expired at " + next.expires());
        }
        return Retries.untilDone(() -> {
            var all = records.store().range(FleetKeys.MEASUREMENTS).entries();
            if (!all.isEmpty() && all.getLast().value().equals(envelope)) {
                return Optional.of(next);
            }
            requireNewer(next, all);
            var at = FleetKeys.measurementsKey(next.version());
            boolean held = records.commit(Map.of(at, Optional.empty()), List.of(Op.put(at, envelope)));
            return held ? Optional.of(next) : Optional.empty();
        });
    }

    private SignedMeasurements verified(ByteString envelope) throws ProblemException {
        try {
            return reader.measurements(envelope);
        } catch (DocumentRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), "the measurements are refused: " + e.getMessage());
        }
    }

    private static void requireNewer(SignedMeasurements next, List<Entry> all) throws ProblemException {
        int newest = all.isEmpty() ? 0 : FleetKeys.versionIn(all.getLast().key());
        if (next.version() <= newest) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "measurements_superseded",
                    "version " + newest + " of the measurements was published; this is version " + next.version());
        }
    }

    /// Returns the lists that the trust root in force vouches for, oldest first.
    public List<Published> all() throws StoreException {
        var out = new ArrayList<Published>();
        for (var entry : records.store().range(FleetKeys.MEASUREMENTS).entries()) {
            try {
                out.add(new Published(entry.value(), reader.measurements(entry.value())));
            } catch (DocumentRefusedException e) {
                LOG.error("{} is refused: {}: {}", entry.key(), e.reason(), e.getMessage());
            }
        }
        return out;
    }
}
