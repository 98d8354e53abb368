package dev.mvm.cli.signing;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeLabel;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.util.ArrayList;
import java.util.List;

/// Differences between a new node document and the one that it replaces, in lines for its signers, as [GrantReview] has
/// them.
public final class NodeReview {
    private final List<String> lines = new ArrayList<>();

    private NodeReview() {}

    /// Returns one line for each difference but those of version and dates.
    public static List<String> lines(NodeDocument before, NodeDocument after) {
        var review = new NodeReview();
        review.identity(before, after);
        review.traits(before.traits(), after.traits());
        return List.copyOf(review.lines);
    }

    private void identity(NodeDocument before, NodeDocument after) {
        if (!before.node().equals(after.node())) {
            lines.add("! ANOTHER NODE: " + before.node() + " -> " + after.node());
        }
        if (!before.fleet().equals(after.fleet())) {
            lines.add("! ANOTHER FLEET: " + before.fleet() + " -> " + after.fleet());
        }
        if (after.version() <= before.version()) {
            lines.add("! NOT NEWER: version " + before.version() + " -> " + after.version() + " is refused");
        }
        changed(
                "node key",
                before.identity().map(key -> key.id().value()).orElse("none"),
                after.identity().map(key -> key.id().value()).orElse("none"));
    }

    private void traits(NodeTraits before, NodeTraits after) {
        each("label ", before.labels(), after.labels(), ": grants that name it let keys go here");
        changed("domain", text(before), text(after));
        number("vCPUs that count", before.largest().vcpus(), after.largest().vcpus());
        number("MiB that count", before.largest().memMib(), after.largest().memMib());
        number("tenants with keys at a time", before.maxTenants(), after.maxTenants());
        if (before.reboot() != after.reboot()) {
            lines.add(
                    after.reboot() == Reboot.HOLD
                            ? "- a reboot waits for mvm node admit"
                            : "+ a reboot waits for no word of operators");
        }
        changed(
                "TPM",
                before.ek().map(Digest::value).orElse("none"),
                after.ek().map(Digest::value).orElse("none"));
        each("boot ", before.admitted(), after.admitted(), " is admitted");
    }

    private static String text(NodeTraits traits) {
        return traits.domain().map(NodeLabel::value).orElse("none");
    }

    private void changed(String what, String before, String after) {
        if (!before.equals(after)) {
            lines.add("! " + what + " " + before + " -> " + after);
        }
    }

    private void number(String what, int before, int after) {
        if (before != after) {
            lines.add((after > before ? "+ " : "- ") + what + " " + before + " -> " + after);
        }
    }

    private void each(String what, List<?> before, List<?> after, String meaning) {
        for (var item : after) {
            if (!before.contains(item)) {
                lines.add("+ " + what + item + meaning);
            }
        }
        for (var item : before) {
            if (!after.contains(item)) {
                lines.add("- " + what + item);
            }
        }
    }

    /// Returns a document's key in words.
    public static String key(NodeDocument document) {
        return document.identity().map(key -> "key " + key.id()).orElse("NO KEY");
    }

    /// Returns what a document says beside its key, in words; empty for what schema 1 says.
    public static String traits(NodeTraits traits) {
        var parts = new ArrayList<String>();
        if (!traits.labels().isEmpty()) {
            parts.add("labels "
                    + String.join(
                            " ", traits.labels().stream().map(NodeLabel::value).toList()));
        }
        traits.domain().ifPresent(domain -> parts.add("domain " + domain));
        var largest = traits.largest();
        if (largest.vcpus() != NodeTraits.Largest.MOST_VCPUS) {
            parts.add("at most " + largest.vcpus() + " vCPUs");
        }
        if (largest.memMib() != NodeTraits.Largest.MOST_MEM_MIB) {
            parts.add("at most " + largest.memMib() + " MiB");
        }
        if (traits.maxTenants() != NodeTraits.MOST_TENANTS) {
            parts.add("at most " + traits.maxTenants() + " tenants");
        }
        if (traits.reboot() == Reboot.HOLD) {
            parts.add("a reboot waits");
        }
        traits.ek().ifPresent(ek -> parts.add("TPM " + ek));
        if (!traits.admitted().isEmpty()) {
            parts.add(traits.admitted().size() + " boots admitted");
        }
        return String.join(", ", parts);
    }
}
