package dev.mvm.coordinator.operators;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.Retries;
import dev.mvm.coordinator.pki.EnrolledOperators;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operators of the fleet. Operators that were enrolled or revoked on the coordinator's machine are taken over from
/// there before each answer: the newer of both says what counts.
///
/// Thread-safe.
public final class Operators {
    /// Lifetime of an operator's certificates, unless another was chosen.
    public static final int DEFAULT_DAYS = 30;

    /// The caller of changes on the coordinator's machine, in records.
    private static final String MACHINE = "mvm-coordinator";

    private static final Logger LOG = LoggerFactory.getLogger(Operators.class);

    private final Store store;
    private final EnrolledOperators enrolled;
    private String stamp = "";

    private Operators(Store store, EnrolledOperators enrolled) {
        this.store = store;
        this.enrolled = enrolled;
    }

    /// Opens the records.
    ///
    /// @throws PkiException if those of the machine cannot be made or read
    public static Operators open(Store store, EnrolledOperators enrolled, InstantSource clock) throws PkiException {
        enrolled.makeIfMissing(clock.instant());
        return new Operators(store, enrolled);
    }

    /// Returns what an operator may do now.
    ///
    /// @throws ProblemException `no_role`, `store_unavailable` or `operators_unreadable`
    public Permission permission(String name) throws ProblemException {
        return record(name)
                .filter(record -> !record.revoked())
                .map(OperatorRecord::permission)
                .orElseThrow(() -> new ProblemException(
                        Fault.FORBIDDEN,
                        "no_role",
                        "operator/" + name + " has no role in this fleet: an admin adds operators (mvm operator add)"));
    }

    private Optional<OperatorRecord> record(String name) throws ProblemException {
        try {
            takeOver();
            var entry = store.get(FleetKeys.operatorKey(name));
            return entry.isEmpty() ? Optional.empty() : Optional.of(OperatorRecord.read(entry.get()));
        } catch (StoreException e) {
            LOG.error("operator {}: {}", name, e.getMessage());
            throw ProblemException.of(e);
        }
    }

    /// Writes what has changed on the machine into the store.
    private synchronized void takeOver() throws ProblemException, StoreException {
        try {
            var now = enrolled.stamp();
            if (!now.equals(stamp)) {
                for (var enrolment : enrolled.newest().values()) {
                    takeOver(enrolment);
                }
                stamp = now;
            }
        } catch (PkiException e) {
            LOG.error("list of enrolled operators unreadable, rejecting all operators: {}", e.getMessage());
            throw new ProblemException(
                    Fault.UNAVAILABLE,
                    "operators_unreadable",
                    "the coordinator cannot read its list of operators and rejects all of them");
        }
    }

    private void takeOver(EnrolledOperators.Enrolment enrolment) throws ProblemException, StoreException {
        var _ = Retries.<Boolean, StoreException>untilDone(() -> {
            var all = OperatorTable.read(store);
            var known = all.of(enrolment.name());
            if (known.isPresent() && !known.get().changedAt().isBefore(enrolment.at())) {
                return Optional.of(false);
            }
            var permission = enrolment.revoked() && known.isPresent()
                    ? known.get().permission()
                    : Permission.everywhere(OperatorRole.ADMIN);
            var next = new OperatorRecord(
                    enrolment.name(),
                    permission,
                    known.map(OperatorRecord::days).orElse(DEFAULT_DAYS),
                    enrolment.at(),
                    MACHINE,
                    enrolment.revoked());
            return all.write(next).map(_ -> true);
        });
    }

    /// Returns all operators, revoked ones among them.
    ///
    /// @throws ProblemException `operators_unreadable`
    OperatorTable read() throws ProblemException, StoreException {
        takeOver();
        return OperatorTable.read(store);
    }
}
