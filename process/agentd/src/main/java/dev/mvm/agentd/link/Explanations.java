package dev.mvm.agentd.link;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.reconcile.Verbs;
import dev.mvm.protocol.hostd.Observation;
import java.util.Map;
import java.util.Optional;

/// Sentences for hostd's reason codes, each with the remedy if there is one.
final class Explanations {
    private static final Map<String, String> SENTENCES = Map.ofEntries(
            Map.entry("not_permitted_now", "not possible in the instance's current state"),
            Map.entry("busy", "another operation on the instance is in progress; retry"),
            Map.entry("unknown_instance", "no such instance on this node"),
            Map.entry("no_state", "the node has no signed state yet"),
            Map.entry("not_in_state", "the signed state does not name this pool"),
            Map.entry(
                    "frozen", "the signed state or the tenant's grant has expired; nothing starts until it is renewed"),
            Map.entry(
                    "count_exceeded",
                    "the pool already has as many instances as the signed state allows; scale the pool"),
            Map.entry("quota_exceeded", "the tenant's quota is used up"),
            Map.entry("no_network", "the tenant's network is not up yet; retry"),
            Map.entry("artefact_missing", "the image of the signed state is not on the node"),
            Map.entry("revision_malformed", "the artefact that the signed state names is no revision; make it anew"),
            Map.entry("runtime_not_granted", "sign a grant with the runtime of the pool's revision"),
            Map.entry("artefact_differs", "the image on the node is not the signed one"),
            Map.entry("exec_not_granted", "the pool's grant does not allow exec"),
            Map.entry("logs_not_granted", "the pool's grant does not allow logs"),
            Map.entry("no_log", "the node has no output of the instance; it is kept in memory, 24 hours at most"),
            Map.entry("log_readers_exceeded", "as many logs of the tenant are read as may be at a time; retry"),
            Map.entry(
                    "cannot_sleep",
                    "a restore is still in progress or its sealer exited; retry, or stop and start the instance"),
            Map.entry("too_many_sleeps", "the node is putting as many instances to sleep as it does at once; retry"),
            Map.entry("no_snapshot_key", "the tenant's grant has no key of purpose snapshot"),
            Map.entry("guest_refused", "guest refused or did not answer; --force skips the question"),
            Map.entry(
                    "no_snapshot",
                    "the snapshot belongs to an earlier sleep and cannot be woken; stop and start the instance"),
            Map.entry(
                    "snapshot_wrong_key",
                    "the snapshot is not encrypted under the current key; stop and start the instance"),
            Map.entry(
                    "snapshot_wrong_machine",
                    "the snapshot needs another VMM, processor, kernel or size; stop and start the instance"),
            Map.entry(
                    "key_not_replaced",
                    "its volume or snapshot is under a replaced key still; it can be used, and is tried with each state"),
            Map.entry("snapshot_no_space", "the node's disk has no room for a snapshot"),
            Map.entry(
                    "guest_not_rekeyed",
                    "guest did not confirm reseeding its random generator and was stopped; start the instance"),
            Map.entry("revision_differs", "the pool has another image revision now; stop and start the instance"),
            Map.entry("resources_differ", "the pool has another size now; stop and start the instance"),
            Map.entry("guest_unreachable", "the guest agent does not answer"),
            Map.entry("guest_busy", "the guest already runs its maximum number of programs; retry"),
            Map.entry("program_not_found", "no such program in the guest"),
            Map.entry("program_not_executable", "the guest cannot execute this file"),
            Map.entry("too_many_wakes", "the node's queue of wakes is full; retry"),
            Map.entry(Hostd.UNREACHABLE, "the node's hostd does not answer"));

    /// A code of docs/protocol/snapshot.md follows.
    private static final String FOREIGN = "the snapshot is not the one that was sealed; stop and start the instance";

    private static final String OTHERWISE = "operation failed; see the log of the node's hostd";

    private Explanations() {}

    /// Returns a sentence for a verb that was refused.
    ///
    /// @param found the instance as last observed; empty if the node does not have it
    static String of(String reason, Verbs.Verb verb, Optional<Observation.Instance> found) {
        if (reason.equals("not_permitted_now") && found.isPresent()) {
            return verb.word() + " is not possible while it is " + found.get().state();
        }
        return of(reason);
    }

    static String of(String reason) {
        var named = Optional.ofNullable(SENTENCES.get(reason));
        return named.or(() -> Optional.ofNullable(SENTENCES.get(reason.replaceFirst("^failed_", ""))))
                .orElse(reason.matches("failed_snapshot_[a-z].*") ? FOREIGN : OTHERWISE);
    }
}
