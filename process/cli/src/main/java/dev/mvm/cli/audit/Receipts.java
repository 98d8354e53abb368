package dev.mvm.cli.audit;

import dev.mvm.model.Digest;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.PlanHash;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Compares an agent's record of its decisions with root's record of its operations, the receipts. A decision and a
/// receipt belong together if their plan hashes are equal and the receipt was written between the decision and its
/// outcome; both clocks are the node's.
final class Receipts {
    /// Operations for which root always writes a receipt.
    private static final Set<String> ALWAYS = Set.of(
            "create_instance",
            "attach_drives",
            "start_instance",
            "stop_instance",
            "pause_instance",
            "resume_instance",
            "sleep_instance",
            "wake_instance",
            "destroy_instance");

    private static final Set<String> ENDS = Set.of("stop_instance", "destroy_instance");

    private static final String HOSTD = "hostd";
    private static final String NOTED = "noted";

    /// Outcome of a comparison.
    ///
    /// @param joined number of decisions with a receipt
    /// @param contradictions differences between the two records, each in a line for people
    record Joined(long joined, List<String> contradictions) {}

    /// A decision of the agent.
    ///
    /// @param outcome empty if the agent exited before it recorded one
    private record Decision(AuditRecord.Entry decided, Optional<AuditRecord.Entry> outcome) {
        /// Returns whether a receipt of this time may belong to the decision. Without root's reply in the record,
        /// root may have finished the operation at any later time.
        boolean covers(Instant moment) {
            return !moment.isBefore(decided.position().time())
                    && (!answered()
                            || outcome.filter(entry ->
                                            moment.isAfter(entry.position().time()))
                                    .isEmpty());
        }

        boolean answered() {
            return phase().filter(phase -> phase != Phase.UNKNOWN).isPresent();
        }

        Optional<Phase> phase() {
            return outcome.map(entry -> entry.fact().phase());
        }
    }

    private final Map<Digest, List<Decision>> decisions = new HashMap<>();
    private final Map<Digest, Integer> open = new HashMap<>();
    private final List<AuditLine> receipts = new ArrayList<>();
    private Optional<Instant> first = Optional.empty();
    private Optional<Instant> last = Optional.empty();

    /// Adds a record of the agent; records are added in their order.
    void entry(AuditRecord.Entry entry) {
        first = first.or(() -> Optional.of(entry.position().time()));
        last = Optional.of(entry.position().time());
        var plan = entry.fact().plan();
        if (plan.isEmpty()) {
            return;
        }
        var same = decisions.computeIfAbsent(plan.get(), _ -> new ArrayList<>());
        if (entry.fact().phase() == Phase.DECIDED) {
            open.put(plan.get(), same.size());
            same.add(new Decision(entry, Optional.empty()));
        } else if (entry.fact().phase().isOutcome()) {
            var index = Optional.ofNullable(open.remove(plan.get()));
            index.ifPresent(i -> same.set(i, new Decision(same.get(i).decided(), Optional.of(entry))));
        }
    }

    /// Adds a record of hostd; records are added in their order.
    void receipt(AuditLine line) {
        if (line.daemon().equals(HOSTD) && line.text("result").equals(NOTED)) {
            receipts.add(line);
        }
    }

    /// Compares the records that were added.
    ///
    /// @param tenant the tenant of the agent's records
    Joined join(String tenant) {
        var contradictions = new ArrayList<String>();
        var free = new HashMap<Digest, List<Decision>>();
        decisions.forEach((plan, made) -> free.put(plan, new ArrayList<>(made)));
        long joined = 0;
        for (var receipt : receipts) {
            boolean ours = receipt.text("subject").startsWith(tenant + "/") && within(receipt.time());
            var decision = ours ? take(free, receipt) : Optional.<Decision>empty();
            if (decision.isPresent()) {
                joined++;
                contradiction(decision.get(), receipt).ifPresent(contradictions::add);
            } else if (ours && !repeated(receipt)) {
                contradictions.add("%s, %s at %s: done by hostd without a decision of the agent"
                        .formatted(receipt.text("action"), receipt.text("subject"), receipt.time()));
            }
        }
        free.forEach((plan, left) -> left.stream()
                .filter(decision -> lacks(decision, plan))
                .map(decision -> decision.decided().fact())
                .forEach(fact -> contradictions.add("%s, %s: done according to the agent, but hostd has no receipt"
                        .formatted(fact.event().word(), fact.subject()))));
        return new Joined(joined, List.copyOf(contradictions));
    }

    private static Optional<Decision> take(Map<Digest, List<Decision>> free, AuditLine receipt) {
        var same = free.getOrDefault(plan(receipt), List.of());
        var found = same.stream()
                .filter(decision -> decision.covers(receipt.time()))
                .max(Comparator.comparing(Decision::answered)); // of equals the first
        found.ifPresent(same::remove);
        return found;
    }

    private static Digest plan(AuditLine receipt) {
        return PlanHash.of(receipt.text("action"), receipt.text("subject"));
    }

    private static Optional<String> contradiction(Decision decision, AuditLine receipt) {
        boolean not = decision.phase().filter(phase -> phase == Phase.REFUSED).isPresent();
        return not
                ? Optional.of("%s, %s at %s: done by hostd, but refused according to the agent"
                        .formatted(receipt.text("action"), receipt.text("subject"), receipt.time()))
                : Optional.empty();
    }

    /// Returns whether the agent's records cover this time. Other files cover the time before and after.
    private boolean within(Instant moment) {
        return first.filter(begin -> !moment.isBefore(begin)).isPresent()
                && last.filter(end -> !moment.isAfter(end)).isPresent();
    }

    /// Returns whether hostd wrote the receipt of an end a second time, after a crash in the middle of the
    /// operation: nothing else was done to the instance in between.
    private boolean repeated(AuditLine receipt) {
        return ENDS.contains(receipt.text("action"))
                && receipts.stream()
                        .filter(other -> other.sequence() < receipt.sequence()
                                && other.text("subject").equals(receipt.text("subject")))
                        .reduce((_, later) -> later)
                        .filter(other -> other.text("action").equals(receipt.text("action")))
                        .isPresent();
    }

    /// Returns whether a receipt for the decision is missing from the records that were added.
    private boolean lacks(Decision decision, Digest plan) {
        var subject = decision.decided().fact().subject();
        boolean receipted =
                ALWAYS.stream().anyMatch(action -> PlanHash.of(action, subject).equals(plan));
        var end = decision.outcome().map(entry -> entry.position().time());
        return receipted
                && decision.phase().filter(phase -> phase == Phase.DONE).isPresent()
                && end.filter(this::shown).isPresent();
    }

    private boolean shown(Instant moment) {
        return !receipts.isEmpty()
                && !moment.isBefore(receipts.getFirst().time())
                && !moment.isAfter(receipts.getLast().time());
    }
}
