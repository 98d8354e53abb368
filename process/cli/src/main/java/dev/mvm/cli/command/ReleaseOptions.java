package dev.mvm.cli.command;

import dev.mvm.cli.signing.ReleaseDraft;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeLabel;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Options that say to which nodes a tenant's keys may go.
final class ReleaseOptions {
    @Option(
            names = "--keys-to-node",
            paramLabel = "NODE",
            description = "Node that may get the tenant's keys; repeatable. Without such options no"
                    + " node may, and nothing of the tenant sleeps or has a volume.")
    private List<String> nodes = List.of();

    @Option(
            names = "--keys-to-label",
            paramLabel = "LABEL",
            description = "Label of nodes that may get the tenant's keys; repeatable.")
    private List<String> labels = List.of();

    @Option(names = "--keys-to-any", description = "Every node of the fleet may get the tenant's keys.")
    private boolean any;

    @Option(
            names = "--keys-max-nodes",
            paramLabel = "N",
            description = "Nodes that may have the keys at a time. Default: as many as --keys-to-node names.")
    private Optional<Integer> most = Optional.empty();

    @Option(
            names = "--attestation",
            defaultValue = "software",
            paramLabel = "WORD",
            description = "What a node proves before it gets keys: none, software or tpm2. Default: ${DEFAULT-VALUE}.")
    private String attestation = "";

    /// Returns the release; empty if no option says where keys go.
    Optional<GrantRelease> read(Verb verb) {
        var draft = new ReleaseDraft(
                nodes.stream().map(text -> verb.argument(text, NodeId::new)).toList(),
                labels.stream().map(text -> verb.argument(text, NodeLabel::new)).toList(),
                any,
                most,
                verb.argument(attestation, Attestation::of));
        return draft.given() ? Optional.of(verb.argument("", _ -> draft.release())) : Optional.empty();
    }
}
