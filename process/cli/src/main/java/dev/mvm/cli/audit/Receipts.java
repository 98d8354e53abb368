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

/// Holds what an agent says it did against what root says it did. A decision and a receipt belong together when their
/// plan hashes are the same and the receipt was written between decision and outcome; both clocks are the node's.
final class Receipts {
    /// Operations of which root writes a receipt each time that it has done them.
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

    /// What came of it.
    ///
    /// @param joined how many decisions have their receipt
    /// @param contradictions where the two do not say the same, each in a line for people
    record Joined(long joined, List<String> contradictions) {}

    /// Something that the agent decided.
    ///
    /// @param outcome empty if none is on record, as when the agent ended before
    private record Decision(AuditRecord.Entry decided, Optional<AuditRecord.Entry> outcome) {
        /// If the agent has not heard what came of it, root may have finished it at any time later.
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

    /// A record of the agent's, in their order.
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

    /// A record of hostd's, in their order.
    void receipt(AuditLine line) {
        if (line.daemon().equals(HOSTD) && line.text("result").equals(NOTED)) {
            receipts.add(line);
        }
    }

    /// Joins what was shown.
    ///
    /// @param tenant whose records those of the agent are
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
                contradictions.add("%s, %s at %s: hostd has done it, but the agent has no decision for it"
                        .formatted(receipt.text("action"), receipt.text("subject"), receipt.time()));
            }
        }
        free.forEach((plan, left) -> left.stream()
                .filter(decision -> lacks(decision, plan))
                .map(decision -> decision.decided().fact())
                .forEach(fact -> contradictions.add("%s, %s: the agent says that it was done, but hostd has no receipt"
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
                ? Optional.of("%s, %s at %s: hostd has done it, but the agent says that it was refused"
                        .formatted(receipt.text("action"), receipt.text("subject"), receipt.time()))
                : Optional.empty();
    }

    /// Whether the agent's records reach over this moment: what was before or is after is in others.
    private boolean within(Instant moment) {
        return first.filter(begin -> !moment.isBefore(begin)).isPresent()
                && last.filter(end -> !moment.isAfter(end)).isPresent();
    }

    /// An end that hostd has noted again, after a crash in the middle of it: nothing has been done to it in between.
    private boolean repeated(AuditLine receipt) {
        return ENDS.contains(receipt.text("action"))
                && receipts.stream()
                        .filter(other -> other.sequence() < receipt.sequence()
                                && other.text("subject").equals(receipt.text("subject")))
                        .reduce((_, later) -> later)
                        .filter(other -> other.text("action").equals(receipt.text("action")))
                        .isPresent();
    }

    /// Whether there should be a receipt for it among those that were shown.
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
