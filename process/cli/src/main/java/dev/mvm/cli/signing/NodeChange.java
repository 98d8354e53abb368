package dev.mvm.cli.signing;

import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.util.Set;

/// Traits of a node, which operators say of it beside its keys, with some members changed.
public final class NodeChange {
    private static final Set<String> PATHS =
            Set.of("labels", "domain", "largest.vcpus", "largest.mem_mib", "max_tenants", "reboot", "ek", "admitted");

    private final MemberChange members;

    private NodeChange(MemberChange members) {
        this.members = members;
    }

    /// Begins with what `current` says.
    public static NodeChange of(NodeDocument current) {
        return new NodeChange(
                new MemberChange("a node document", Set.of("labels", "admitted"), Payloads.newest(current)));
    }

    /// Sets one member.
    ///
    /// @param path of a member that is no key, no name and no date, such as `labels` or `largest.vcpus`
    /// @param value a number or a text; texts joined by commas for `labels` and `admitted`
    /// @throws IllegalArgumentException if there is no such member or the value does not fit
    public void set(String path, String value) {
        if (!PATHS.contains(path)) {
            throw new IllegalArgumentException("cannot set " + path + " (can be set: "
                    + String.join(", ", PATHS.stream().sorted().toList()) + ")");
        }
        members.set(path, value);
    }

    /// Returns what the changed document says.
    ///
    /// @throws IllegalArgumentException if it is not valid
    public NodeTraits traits() {
        var text = Envelopes.unsigned(NodeDocument.TYPE, members.document().bytes());
        try {
            return Payloads.node(text).traits();
        } catch (RefusedException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
