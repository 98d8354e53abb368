package dev.mvm.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that show records of the key service.
final class TenantKeyRecords {
    private static final String RELEASE = "release";
    private static final int PART = 1000;
    private static final int MOST_BYTES = 64 * 1024;

    private TenantKeyRecords() {}

    /// A verb that shows records of all tenants or of one.
    abstract static class Showing extends Verb {
        @Parameters(arity = "0..1", paramLabel = "TENANT", description = "Show only this tenant's records.")
        private Optional<String> tenant = Optional.empty();

        @Option(
                names = "--from",
                paramLabel = "N",
                defaultValue = "0",
                description = "Begin with the record of this number. Default: the first.")
        private long from;

        @Mixin
        private Format format = new Format();

        abstract Optional<String> node();

        abstract boolean shows(String action);

        abstract Table table(List<Json.Obj> records);

        @Override
        final int run() throws Failure {
            if (from < 0) {
                throw usage("--from out of range: " + from + ", must be 0 or more");
            }
            var only = tenant.map(name -> "&tenant=" + argument(name, TenantId::new))
                            .orElse("")
                    + node().map(name -> "&node=" + argument(name, NodeId::new)).orElse("");
            var records = new ArrayList<Json.Obj>();
            long next = from;
            var part = part(next, only);
            while (!part.isEmpty()) {
                part.stream()
                        .filter(record -> shows(ResponseFields.text(record, "action")))
                        .forEach(records::add);
                long last = ResponseFields.number(part.getLast(), "seq");
                if (last < next) {
                    throw new Failure("the key service counts its records backwards");
                }
                next = last + 1;
                part = part(next, only);
            }
            if (format.json) {
                context().output().json(records);
            } else {
                context().output().table(table(records));
            }
            return 0;
        }

        private List<Json.Obj> part(long first, String only) throws Failure {
            var answer = context().coordinator().get("/v1/key-records?from=" + first + "&limit=" + PART + only);
            var out = new ArrayList<Json.Obj>();
            for (var text : ResponseFields.texts(answer, "records")) {
                try {
                    out.add(Json.parseObject(text.getBytes(UTF_8), JsonLimits.foreign(MOST_BYTES)));
                } catch (JsonException e) {
                    throw new Failure("a record of the key service is malformed: " + e.getMessage());
                }
            }
            return out;
        }

        static String either(String first, String second) {
            return first.isEmpty() ? second : first;
        }

        /// The reason of a refusal and its details; of what was done the details alone.
        static String details(Json.Obj record) {
            var reason = ResponseFields.text(record, "reason");
            var detail = ResponseFields.text(record, "detail");
            return reason.isEmpty() || detail.isEmpty() ? either(reason, detail) : reason + ": " + detail;
        }
    }

    @Command(
            name = "history",
            description = {
                "Show what the key service recorded of tenant keys, but for releases to nodes.",
                "Columns: number, time, action, tenant or node, result, reason and details."
            })
    static final class History extends Showing {
        @Override
        Optional<String> node() {
            return Optional.empty();
        }

        @Override
        boolean shows(String action) {
            return !action.equals(RELEASE);
        }

        @Override
        Table table(List<Json.Obj> records) {
            var table = new Table("NUMBER", "TIME", "ACTION", "SUBJECT", "RESULT", "DETAILS");
            for (var record : records) {
                table.row(
                        Long.toString(ResponseFields.number(record, "seq")),
                        ResponseFields.text(record, "time"),
                        ResponseFields.text(record, "action"),
                        either(ResponseFields.text(record, "tenant"), ResponseFields.text(record, "node")),
                        ResponseFields.text(record, "result"),
                        details(record));
            }
            return table;
        }
    }

    @Command(
            name = "releases",
            description = {
                "Show which nodes the key service gave tenant keys, and refused them.",
                "Columns: number, time, tenant, node, result, how often, reason and details."
            })
    static final class Releases extends Showing {
        @Option(names = "--node", paramLabel = "NODE", description = "Show only releases to this node.")
        private Optional<String> node = Optional.empty();

        @Override
        Optional<String> node() {
            return node;
        }

        @Override
        boolean shows(String action) {
            return action.equals(RELEASE);
        }

        @Override
        Table table(List<Json.Obj> records) {
            var table = new Table("NUMBER", "TIME", "TENANT", "NODE", "RESULT", "TIMES", "DETAILS");
            for (var record : records) {
                table.row(
                        Long.toString(ResponseFields.number(record, "seq")),
                        ResponseFields.text(record, "time"),
                        ResponseFields.text(record, "tenant"),
                        ResponseFields.text(record, "node"),
                        ResponseFields.text(record, "result"),
                        Long.toString(ResponseFields.number(record, "count")),
                        details(record));
            }
            return table;
        }
    }
}
