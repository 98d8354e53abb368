package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.NodeId;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `node`: the machines that run microVMs.
@Command(
        name = "node",
        description = {
            "Manage nodes, the machines that run microVMs, and node documents.",
            "A node document names a node's key and what it is. It is signed by keys of role node."
        },
        subcommands = {
            NodeCommand.Listing.class,
            NodeCommand.Details.class,
            NodeDrafts.Init.class,
            NodeDrafts.Rotate.class,
            NodeDrafts.Edit.class,
            NodeDrafts.Admit.class,
            NodeDrafts.Revoke.class,
            NodeDrafts.Diff.class,
            NodeDocuments.Sign.class,
            NodeDocuments.VerifyNode.class,
            NodeDocuments.Publish.class,
            NodeDocuments.Documents.class
        })
final class NodeCommand {
    private NodeCommand() {}

    /// Returns the node of this name; without a name, the only node of the fleet.
    static NodeId one(Verb verb, Optional<String> name) throws Failure {
        if (name.isPresent()) {
            return verb.argument(name.get(), NodeId::new);
        }
        var nodes = ResponseFields.objects(verb.context().coordinator().get("/v1/nodes"), "nodes");
        if (nodes.size() != 1) {
            throw new Failure("the fleet has " + nodes.size() + " nodes: name one (see mvm node list)");
        }
        return new NodeId(ResponseFields.text(nodes.getFirst(), "node"));
    }

    /// Returns the state of the node's link. A connected node whose hostd refuses all work is out of service.
    private static String link(Json.Obj node) {
        var link = ResponseFields.text(node, "link");
        return link.equals("connected")
                        && !ResponseFields.texts(node, "out_of_service").isEmpty()
                ? "out of service"
                : link;
    }

    @Command(name = "list", description = "List nodes: name, link to the coordinator, mode, instances, VMM.")
    static final class Listing extends Verb {
        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var nodes = ResponseFields.objects(context().coordinator().get("/v1/nodes"), "nodes");
            if (format.json) {
                context().output().json(nodes);
                return 0;
            }
            var table = new Table("NODE", "LINK", "MODE", "INSTANCES", "VMM");
            for (var node : nodes) {
                table.row(
                        ResponseFields.text(node, "node"),
                        link(node),
                        ResponseFields.text(node, "mode"),
                        Long.toString(ResponseFields.number(node, "instances")),
                        ResponseFields.text(node, "vmm"));
            }
            context().output().table(table);
            return 0;
        }
    }

    @Command(name = "info", description = "Show one node.")
    static final class Details extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NODE", description = "The node; optional if the fleet has only one.")
        private Optional<String> name = Optional.empty();

        @Option(
                names = "--security",
                description = "Show the results of the self-check that the node's root process ran at its start.")
        private boolean security;

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var node = context().coordinator().get("/v1/nodes/" + one(this, name));
            if (security) {
                return security(node);
            }
            if (format.json) {
                context().output().json(node);
                return 0;
            }
            show(node);
            return 0;
        }

        private int security(Json.Obj node) throws Failure {
            var findings = ResponseFields.objects(node, "security");
            if (format.json) {
                context().output().json(findings);
                return 0;
            }
            var table = new Table("CHECK", "PASSED", "FOUND");
            for (var finding : findings) {
                table.row(
                        ResponseFields.text(finding, "name"),
                        ResponseFields.flag(finding, "holds") ? "yes" : "no",
                        ResponseFields.text(finding, "found"));
            }
            context().output().table(table);
            return 0;
        }

        private void show(Json.Obj node) {
            var refused = ResponseFields.text(node, "state_refused");
            context()
                    .output()
                    .facts(
                            "node", ResponseFields.text(node, "node"),
                            "link", link(node),
                            "mode", ResponseFields.text(node, "mode"),
                            "host",
                                    ResponseFields.text(node, "hostname") + ", " + ResponseFields.text(node, "arch")
                                            + ", kernel " + ResponseFields.text(node, "kernel"),
                            "size",
                                    ResponseFields.number(node, "vcpus") + " CPUs, "
                                            + ResponseFields.number(node, "mem_mib") + " MiB",
                            "vmm", vmm(node),
                            "state", state(node),
                            "refused", refused.isEmpty() ? "" : "last state: " + refused,
                            "refusals", ResponseFields.numbers(node, "refusals"),
                            "instances", Long.toString(ResponseFields.number(node, "instances")),
                            "node key", nodeKey(node),
                            "document", document(node),
                            "keys", keys(node),
                            "certificate", certificate(node),
                            "agent", ResponseFields.text(node, "agent_version"));
            for (var line : ResponseFields.texts(node, "out_of_service")) {
                context().output().line("wrong      " + line);
            }
            for (var limit : ResponseFields.texts(node, "limits")) {
                context().output().line("note       " + limit);
            }
        }

        private static String vmm(Json.Obj node) {
            var vmm = ResponseFields.text(node, "vmm");
            return vmm.isEmpty() ? "" : vmm + ", guests run with " + ResponseFields.text(node, "accelerator");
        }

        private static String nodeKey(Json.Obj node) {
            var name = ResponseFields.text(node, "node_key");
            return name.isEmpty() ? "none, so the node gets no tenant keys (see mvm node init)" : name;
        }

        private static String document(Json.Obj node) {
            long version = ResponseFields.number(node, "document_version");
            return version == 0
                    ? ""
                    : "version " + version + ", until " + ResponseFields.text(node, "document_expires");
        }

        private static String keys(Json.Obj node) {
            var fault = ResponseFields.text(node, "keys_fault");
            long period = ResponseFields.number(node, "key_period");
            var held = period == 0 ? "" : "period " + period + ", until " + ResponseFields.text(node, "keys_expire");
            return fault.isEmpty() ? held : (held.isEmpty() ? "" : held + ", ") + "not given at the last try: " + fault;
        }

        private static String certificate(Json.Obj node) {
            var fault = ResponseFields.text(node, "certificate_fault");
            return CertificateDays.left(ResponseFields.text(node, "certificate_expires"))
                    + (fault.isEmpty() ? "" : ", not renewed: " + fault);
        }

        private static String state(Json.Obj node) {
            if (ResponseFields.number(node, "sequence_installed") == 0) {
                return "none in force, nothing starts; " + ResponseFields.number(node, "sequence_sent") + " signed";
            }
            return "sequence " + ResponseFields.number(node, "sequence_installed") + " of "
                    + ResponseFields.number(node, "sequence_sent") + ", valid until "
                    + ResponseFields.text(node, "state_expires");
        }
    }
}
