package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.TpmIdentity;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.authoring.NodeLabel;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Options that say what a node is.
final class NodeTraitOptions {
    @Option(
            names = "--label",
            paramLabel = "LABEL",
            description = "Label by which grants may let keys go to the node; repeatable.")
    private List<String> labels = List.of();

    @Option(names = "--domain", paramLabel = "LABEL", description = "What fails together with it, such as a rack.")
    private Optional<String> domain = Optional.empty();

    @Option(
            names = "--largest-vcpus",
            defaultValue = "65536",
            paramLabel = "N",
            description = "Processors that the node may count for. Default: ${DEFAULT-VALUE}, no limit.")
    private int vcpus;

    @Option(
            names = "--largest-mem",
            defaultValue = "67108864",
            paramLabel = "MIB",
            description = "Memory that the node may count for in MiB. Default: ${DEFAULT-VALUE}, no limit.")
    private int mem;

    @Option(
            names = "--max-tenants",
            defaultValue = "4096",
            paramLabel = "N",
            description = "Tenants whose keys it may have at a time. Default: ${DEFAULT-VALUE}.")
    private int maxTenants;

    @Option(
            names = "--reboot",
            defaultValue = "go",
            paramLabel = "WORD",
            description = "After a reboot: go, or hold until mvm node admit. Default: ${DEFAULT-VALUE}.")
    private String reboot = "";

    @Option(
            names = "--ek",
            paramLabel = "DIGEST",
            description = "Digest of the public area of its TPM's endorsement key.")
    private Optional<String> ek = Optional.empty();

    @Option(
            names = "--tpm",
            paramLabel = "FILE",
            description = "In place of --ek: file with what mvm-attest identity printed on the node.")
    private Optional<Path> tpm = Optional.empty();

    NodeTraits read(Verb verb) throws Failure {
        if (tpm.isPresent() && ek.isPresent()) {
            throw verb.usage("give either --ek or --tpm");
        }
        var key = tpm.isPresent()
                ? Optional.of(TpmIdentity.read(tpm.get()).ek())
                : ek.map(text -> verb.argument(text, Digest::new));
        return verb.argument(
                "",
                _ -> new NodeTraits(
                        labels.stream().map(NodeLabel::new).toList(),
                        domain.map(NodeLabel::new),
                        new NodeTraits.Largest(vcpus, mem),
                        maxTenants,
                        Reboot.of(reboot),
                        key,
                        List.of()));
    }
}
