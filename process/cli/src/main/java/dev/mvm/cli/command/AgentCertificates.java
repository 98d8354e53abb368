package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.NodeId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The verbs of `agent certs`: the certificates by which node agents connect.
@Command(
        name = "certs",
        description = {
            "Manage the certificates of node agents.",
            "An agent makes its key itself, gets its first certificate by a token, and renews it."
        },
        subcommands = {AgentCertificates.Status.class, AgentCertificates.Token.class, AgentCertificates.Revoke.class})
final class AgentCertificates {
    private static final String CERTIFICATES = "/v1/node-certificates";

    private AgentCertificates() {}

    /// A node's certificate as it is judged.
    ///
    /// @param expires RFC 3339; empty if there is no certificate
    /// @param days whole days that are left, 0 if it has expired
    /// @param problem text for operators; empty for a certificate without a problem
    private record Judged(String node, String link, String expires, long days, String state, String problem) {
        /// @param told what the coordinator has issued
        /// @param seen what the node has reported; empty if not seen since the coordinator's start
        static Judged of(Json.Obj told, Optional<Json.Obj> seen, int least, boolean named, Instant now) {
            var link = seen.map(node -> ResponseFields.text(node, "link")).orElse("not connected");
            var fault = seen.map(node -> ResponseFields.text(node, "certificate_fault"))
                    .orElse("");
            var expires = expires(told, seen.filter(_ -> link.equals("connected")));
            var state = ResponseFields.text(told, "state");
            long days = expires.isEmpty()
                    ? 0
                    : Math.max(0, Duration.between(now, Instant.parse(expires)).toDays());
            var problem = switch (state) {
                case "revoked" -> named ? "revoked" : "";
                case "authority_gone" -> "its authority was dropped: enrol it anew";
                default -> fault.isEmpty() ? few(days, least) : "not renewed (" + fault + ")";
            };
            return new Judged(ResponseFields.text(told, "node"), link, expires, days, state, problem);
        }

        private static String few(long days, int least) {
            return days < least ? "fewer than " + least + (least == 1 ? " day" : " days") : "";
        }

        /// A node that has not taken its last renewal goes on with the certificate before.
        private static String expires(Json.Obj told, Optional<Json.Obj> connected) {
            var issued = ResponseFields.text(told, "expires");
            var presented = connected
                    .map(node -> ResponseFields.text(node, "certificate_expires"))
                    .orElse("");
            boolean earlier = !presented.isEmpty()
                    && (issued.isEmpty() || Instant.parse(presented).isBefore(Instant.parse(issued)));
            return earlier ? presented : issued;
        }

        String left() {
            return state.equals("revoked") ? "revoked" : CertificateDays.left(expires);
        }

        Json json() {
            return Json.object()
                    .put("node", node)
                    .put("link", link)
                    .put("expires", expires)
                    .put("days", days)
                    .put("state", state)
                    .put("problem", problem)
                    .end();
        }
    }

    @Command(
            name = "status",
            description = {
                "Show how long nodes' certificates are good for.",
                "Exit status 1 if one has too few days left, was not renewed, or its authority was dropped;",
                "a revoked one counts only for a node that is named."
            })
    static final class Status extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NODE", description = "Only this node. Default: all.")
        private Optional<String> name = Optional.empty();

        @Option(
                names = "--least",
                paramLabel = "N",
                defaultValue = "1",
                description = "Days that have to be left. Default: ${DEFAULT-VALUE}.")
        private int least;

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var judged = judged();
            boolean well = judged.stream().allMatch(each -> each.problem().isEmpty());
            if (format.json) {
                context().output().json(judged.stream().map(Judged::json).toList());
                return well ? 0 : 1;
            }
            var table = new Table("NODE", "LINK", "CERTIFICATE", "PROBLEM");
            for (var each : judged) {
                table.row(each.node(), each.link(), each.left(), each.problem());
            }
            context().output().table(table);
            return well ? 0 : 1;
        }

        private List<Judged> judged() throws Failure {
            var wanted = name.isPresent() ? Optional.of(argument(name.get(), NodeId::new)) : Optional.<NodeId>empty();
            var told = ResponseFields.objects(context().coordinator().get(CERTIFICATES), "certificates");
            var seen = seen();
            var now = Instant.now();
            var out = new ArrayList<Judged>();
            for (var each : told) {
                var node = ResponseFields.text(each, "node");
                if (wanted.isEmpty() || wanted.get().value().equals(node)) {
                    out.add(Judged.of(each, Optional.ofNullable(seen.get(node)), least, wanted.isPresent(), now));
                }
            }
            if (wanted.isPresent() && out.isEmpty()) {
                throw new Failure("no certificate was ever issued to node " + wanted.get());
            }
            return out;
        }

        private Map<String, Json.Obj> seen() throws Failure {
            var out = new HashMap<String, Json.Obj>();
            for (var node : ResponseFields.objects(context().coordinator().get("/v1/nodes"), "nodes")) {
                out.put(ResponseFields.text(node, "node"), node);
            }
            return out;
        }
    }

    @Command(
            name = "token",
            description = {
                "Make a token by which a machine gets the first certificate of a node.",
                "Prints the token alone. It is good once and for an hour: mvm-node bootstrap --token-file.",
                "Its holder can be that node: keep it secret."
            })
    static final class Token extends Verb {
        @Parameters(paramLabel = "NODE", description = "The name that the machine will have.")
        private String name = "";

        @Override
        int run() throws Failure {
            var node = argument(name, NodeId::new);
            var answer = context()
                    .coordinator()
                    .post(
                            CERTIFICATES + "/" + node + ":makeToken",
                            Json.object().end());
            context().output().line(ResponseFields.text(answer, "token"));
            return 0;
        }
    }

    @Command(
            name = "revoke",
            description = {
                "Revoke all certificates of a node, what they are renewed to, and its tokens.",
                "It is refused within five seconds, until it is enrolled anew. Its guests run on."
            })
    static final class Revoke extends Verb {
        @Parameters(paramLabel = "NODE", description = "The node.")
        private String name = "";

        @Override
        int run() throws Failure {
            var node = argument(name, NodeId::new);
            var answer = context()
                    .coordinator()
                    .post(CERTIFICATES + "/" + node + ":revoke", Json.object().end());
            context().output().line(ResponseFields.text(answer, "node") + "  " + ResponseFields.text(answer, "state"));
            return 0;
        }
    }
}
