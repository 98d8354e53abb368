package dev.mvm.cli.audit;

import dev.mvm.model.Digest;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.PlanHash;
import dev.mvm.protocol.audit.TenantEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Compares an agent's record of its decisions with root's record of its operations, the receipts. A decision and a
/// receipt belong together if they name the same plan, operation and subject. A receipt of no plan, of a program, of
/// logs or
/// from before plans had hashes, belongs to a decision of no plan if it was written between that and its outcome;
/// both clocks are the node's.
final class Receipts {
    private static final String EXEC = "guest_exec";
    private static final String LOGS = "guest_logs";

    /// hostd's operations by the events that the agent records for them.
    private static final Map<TenantEvent, String> OPERATIONS = Map.ofEntries(
            Map.entry(TenantEvent.NETWORK_SET_UP, "setup_network"),
            Map.entry(TenantEvent.INSTANCE_CREATED, "create_instance"),
            Map.entry(TenantEvent.INSTANCE_ATTACHED, "attach_drives"),
            Map.entry(TenantEvent.INSTANCE_STARTED, "start_instance"),
            Map.entry(TenantEvent.INSTANCE_STOPPED, "stop_instance"),
            Map.entry(TenantEvent.INSTANCE_WARMED, "pause_instance"),
            Map.entry(TenantEvent.INSTANCE_RESUMED, "resume_instance"),
            Map.entry(TenantEvent.INSTANCE_SLEPT, "sleep_instance"),
            Map.entry(TenantEvent.INSTANCE_WOKEN, "wake_instance"),
            Map.entry(TenantEvent.INSTANCE_DESTROYED, "destroy_instance"),
            Map.entry(TenantEvent.INSTANCE_EXEC, EXEC),
            Map.entry(TenantEvent.INSTANCE_LOGS, LOGS));

    /// Operations of which receipts are missing, or are not of a tenant's.
    private static final Set<String> NOT_ALWAYS = Set.of("setup_network", EXEC, LOGS);

    private static final Set<String> ENDS = Set.of("stop_instance", "destroy_instance");

    private static final String HOSTD = "hostd";
    private static final String NOTED = "noted";

    /// Outcome of a comparison.
    ///
    /// @param joined number of decisions with a receipt
    /// @param contradictions differences between the two records, each in a line for people
    record Joined(long joined, List<String> contradictions) {}

    /// The operation of a plan that a decision and its receipt are about.
    private record Step(Digest plan, String operation, String subject) {}

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

    private final Map<Step, List<Decision>> decisions = new HashMap<>();
    private final Map<Step, Integer> open = new HashMap<>();
    private final List<AuditLine> receipts = new ArrayList<>();
    private Optional<Instant> first = Optional.empty();
    private Optional<Instant> last = Optional.empty();

    /// Adds a record of the agent; records are added in their order.
    void entry(AuditRecord.Entry entry) {
        first = first.or(() -> Optional.of(entry.position().time()));
        last = Optional.of(entry.position().time());
        var step = step(entry.fact());
        if (step.isEmpty()) {
            return;
        }
        var same = decisions.computeIfAbsent(step.get(), _ -> new ArrayList<>());
        if (entry.fact().phase() == Phase.DECIDED) {
            open.put(step.get(), same.size());
            same.add(new Decision(entry, Optional.empty()));
        } else if (entry.fact().phase().isOutcome()) {
            var index = Optional.ofNullable(open.remove(step.get()));
            index.ifPresent(i -> same.set(i, new Decision(same.get(i).decided(), Optional.of(entry))));
        }
    }

    private static Optional<Step> step(Fact fact) {
        var operation = Optional.ofNullable(OPERATIONS.get(fact.event()));
        return fact.plan().flatMap(plan -> operation.map(word -> new Step(plan, word, fact.subject())));
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
        var free = new HashMap<Step, List<Decision>>();
        decisions.forEach((step, made) -> free.put(step, new ArrayList<>(made)));
        long joined = 0;
        for (var receipt : receipts) {
            boolean ours = receipt.text("subject").startsWith(tenant + "/");
            var decision = ours ? take(free, receipt) : Optional.<Decision>empty();
            if (decision.isPresent()) {
                joined++;
                contradiction(decision.get(), receipt).ifPresent(contradictions::add);
            } else if (ours && within(receipt.time()) && !repeated(receipt)) {
                contradictions.add("%s, %s at %s: done by hostd without a decision of the agent"
                        .formatted(receipt.text("action"), receipt.text("subject"), receipt.time()));
            }
        }
        free.forEach((step, left) -> left.stream()
                .filter(decision -> lacks(decision, step))
                .map(decision -> decision.decided().fact())
                .forEach(fact -> contradictions.add("%s, %s: done according to the agent, but hostd has no receipt"
                        .formatted(fact.event().word(), fact.subject()))));
        return new Joined(joined, List.copyOf(contradictions));
    }

    private static Optional<Decision> take(Map<Step, List<Decision>> free, AuditLine receipt) {
        var plan = plan(receipt);
        var action = receipt.text("action");
        var subject = receipt.text("subject");
        var step = new Step(plan.orElseGet(() -> PlanHash.of(action, subject)), action, subject);
        var same = free.getOrDefault(step, List.of());
        var found = same.stream()
                .filter(decision -> plan.isPresent() || decision.covers(receipt.time()))
                .max(Comparator.comparing(Decision::answered)); // of equals the first
        found.ifPresent(same::remove);
        return found;
    }

    /// Returns the plan that a receipt names; empty if it names none, or has something else in that place.
    private static Optional<Digest> plan(AuditLine receipt) {
        try {
            return Optional.of(new Digest(receipt.text("plan")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
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
    private boolean lacks(Decision decision, Step step) {
        var end = decision.outcome().map(entry -> entry.position().time());
        return !NOT_ALWAYS.contains(step.operation())
                && decision.phase().filter(phase -> phase == Phase.DONE).isPresent()
                && end.filter(this::shown).isPresent();
    }

    private boolean shown(Instant moment) {
        return !receipts.isEmpty()
                && !moment.isBefore(receipts.getFirst().time())
                && !moment.isAfter(receipts.getLast().time());
    }
}
