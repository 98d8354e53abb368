package dev.mvm.agentd.link;

import dev.mvm.agentd.reconcile.Verbs;
import dev.mvm.protocol.hostd.Observation;
import java.util.Map;
import java.util.Optional;

/// hostd's reasons in a sentence, with what to do about it where that can be said.
final class Explanations {
    private static final Map<String, String> SENTENCES = Map.ofEntries(
            Map.entry("not_permitted_now", "this cannot be done in the state that the instance is in"),
            Map.entry("busy", "something else is being done to the instance; try again"),
            Map.entry("unknown_instance", "there is no such instance on this node"),
            Map.entry("no_state", "the node has no signed state yet"),
            Map.entry("not_in_state", "the signed state does not name this pool"),
            Map.entry("frozen", "the signed state or the tenant's grant has expired: nothing may start"),
            Map.entry("count_exceeded", "as many run as the signed state allows; scale the pool"),
            Map.entry("quota_exceeded", "the tenant's quota is used up"),
            Map.entry("no_network", "the tenant's network is not up yet; try again"),
            Map.entry("artefact_missing", "the image that the signed state names is not on the node"),
            Map.entry("artefact_differs", "the image on the node is not the one that was signed"),
            Map.entry("exec_not_granted", "the pool's grant does not allow exec"),
            Map.entry(
                    "cannot_sleep",
                    "its sealer still brings what it woke with, or has died; try again, else stop it and start it"),
            Map.entry("no_snapshot_key", "the tenant's grant has no key of purpose snapshot to seal one under"),
            Map.entry("guest_refused", "the guest does not want to sleep now, or does not answer; --force asks nobody"),
            Map.entry(
                    "no_snapshot", "its snapshot belongs to an earlier sleep and is never woken; stop it and start it"),
            Map.entry(
                    "snapshot_wrong_key",
                    "its snapshot is under another key than the one in force; stop it and start it"),
            Map.entry(
                    "snapshot_wrong_machine",
                    "VMM, processor, kernel or size are not those of its snapshot; stop and start it"),
            Map.entry("snapshot_no_space", "the node's disk has no room for a snapshot"),
            Map.entry("guest_not_rekeyed", "the guest did not confirm fresh random numbers and was stopped; start it"),
            Map.entry("revision_differs", "its pool is of another revision now; stop it and start it"),
            Map.entry("resources_differ", "its pool is of another size now; stop it and start it"),
            Map.entry("guest_unreachable", "the guest agent does not answer"),
            Map.entry("guest_busy", "the guest runs as many programs as it can; try again"),
            Map.entry("program_not_found", "there is no such program in the guest"),
            Map.entry("program_not_executable", "the guest cannot execute that file"),
            Map.entry("too_many_wakes", "as many wakes are waiting as this node takes; try again"),
            Map.entry("hostd_unreachable", "the node's hostd does not answer"));

    /// A code of docs/protocol/snapshot.md follows.
    private static final String FOREIGN = "its snapshot is not the one that was sealed; stop it and start it";

    private static final String OTHERWISE = "it did not work; the node's hostd log says more";

    private Explanations() {}

    /// Why a verb was not done to an instance that is `there`, if it is.
    static String of(String reason, Verbs.Verb verb, Optional<Observation.Instance> there) {
        if (reason.equals("not_permitted_now") && there.isPresent()) {
            return verb.word() + " is not possible while it is " + there.get().state();
        }
        return of(reason);
    }

    static String of(String reason) {
        var named = Optional.ofNullable(SENTENCES.get(reason));
        return named.or(() -> Optional.ofNullable(SENTENCES.get(reason.replaceFirst("^failed_", ""))))
                .orElse(reason.matches("failed_snapshot_[a-z].*") ? FOREIGN : OTHERWISE);
    }
}
