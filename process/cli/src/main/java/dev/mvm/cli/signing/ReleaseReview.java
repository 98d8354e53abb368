package dev.mvm.cli.signing;

import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Differences between the nodes that may have a tenant's keys, in lines as [GrantReview] has them.
public final class ReleaseReview {
    private final List<String> lines = new ArrayList<>();

    private ReleaseReview() {}

    /// Returns a line about a grant whose keys no node can have, if it is one.
    public static Optional<String> warning(GrantDocument grant) {
        return grant.grant().keys().isEmpty() || grant.release().isPresent()
                ? Optional.empty()
                : Optional.of("! keys: GO TO NO NODE, so nothing of this tenant sleeps, wakes or opens a volume; see"
                        + " --keys-to-node of mvm grant init, or mvm grant edit --set release.nodes=NODE");
    }

    static List<String> lines(Optional<GrantRelease> before, Optional<GrantRelease> after) {
        if (after.isEmpty()) {
            return before.isEmpty() ? List.of() : List.of("- keys: go to no node any longer");
        }
        if (before.isEmpty()) {
            return List.of((after.get().any() ? "! " : "+ ") + "keys: may go to " + summary(after.get()));
        }
        var review = new ReleaseReview();
        review.compare(before.get(), after.get());
        return review.lines;
    }

    private void compare(GrantRelease before, GrantRelease after) {
        if (before.any() != after.any()) {
            lines.add(
                    after.any()
                            ? "! keys: MAY GO TO ANY NODE OF THE FLEET"
                            : "- keys: no longer to any node of the fleet, but to " + places(after));
        }
        if (before.any() == after.any()) {
            each("node ", before.nodes(), after.nodes());
            each("nodes with label ", before.labels(), after.labels());
        }
        if (before.maxNodes() != after.maxNodes()) {
            lines.add((after.maxNodes() > before.maxNodes() ? "+ " : "- ") + "keys: nodes that have them at a time "
                    + before.maxNodes() + " -> " + after.maxNodes());
        }
        int stricter = after.attestation().compareTo(before.attestation());
        if (stricter != 0) {
            lines.add((stricter > 0 ? "- keys: attestation " : "! keys: WEAKER ATTESTATION ")
                    + before.attestation().word() + " -> "
                    + after.attestation().word());
        }
    }

    private void each(String what, List<?> before, List<?> after) {
        for (var item : after) {
            if (!before.contains(item)) {
                lines.add("+ keys: may go to " + what + item);
            }
        }
        for (var item : before) {
            if (!after.contains(item)) {
                lines.add("- keys: no longer to " + what + item);
            }
        }
    }

    /// Returns a release in words, in one line.
    public static String summary(GrantRelease release) {
        return places(release) + "; at most " + release.maxNodes() + " at a time; attestation "
                + release.attestation().word();
    }

    private static String places(GrantRelease release) {
        if (release.any()) {
            return "ANY NODE OF THE FLEET";
        }
        var places = new ArrayList<String>();
        release.nodes().forEach(node -> places.add(node.value()));
        release.labels().forEach(label -> places.add("label " + label));
        return String.join(", ", places);
    }
}
