package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.TenantId;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The noun `tenant-key`: keys that nodes get for a tenant.
@Command(
        name = "tenant-key",
        description = {
            "Manage tenant keys, which the key service has and nodes get encrypted.",
            "Grants declare them: create and destroy write the next version of a grant, to be signed and published."
        },
        subcommands = {
            TenantKeyCommand.Listing.class,
            TenantKeyCommand.Status.class,
            TenantKeyRecords.History.class,
            TenantKeyRecords.Releases.class,
            TenantKeyDrafts.Create.class,
            TenantKeyCommand.Rotate.class,
            TenantKeyDrafts.Destroy.class,
            TenantKeyCommand.Rewrap.class
        })
final class TenantKeyCommand {
    private TenantKeyCommand() {}

    /// A verb that shows keys of all tenants or of one.
    abstract static class Showing extends Verb {
        @Parameters(arity = "0..1", paramLabel = "TENANT", description = "Show only this tenant's keys.")
        private Optional<String> tenant = Optional.empty();

        @Mixin
        private Format format = new Format();

        abstract Table table(List<Json.Obj> keys) throws Failure;

        @Override
        final int run() throws Failure {
            var query = tenant.map(name -> "?tenant=" + argument(name, TenantId::new))
                    .orElse("");
            var keys = ResponseFields.objects(context().coordinator().get("/v1/keys" + query), "keys");
            if (format.json) {
                context().output().json(keys);
            } else {
                context().output().table(table(keys));
            }
            return 0;
        }

        static String name(Json.Obj key) {
            return ResponseFields.text(key, "tenant") + "/" + ResponseFields.text(key, "key");
        }
    }

    @Command(
            name = "list",
            description = {"List tenant keys.", "Columns: name, purpose, newest version, lowest granted version."})
    static final class Listing extends Showing {
        @Override
        Table table(List<Json.Obj> keys) {
            var table = new Table("KEY", "PURPOSE", "VERSION", "MINIMUM");
            for (var key : keys) {
                long least = ResponseFields.number(key, "min_version");
                table.row(
                        name(key),
                        ResponseFields.text(key, "purpose"),
                        Long.toString(ResponseFields.number(key, "version")),
                        least == 0 ? "not granted" : Long.toString(least));
            }
            return table;
        }
    }

    @Command(
            name = "status",
            description = {
                "Show every stored version of tenant keys.",
                "Columns: key, version, creation time, nodes that have got the version since the coordinator started."
            })
    static final class Status extends Showing {
        @Override
        Table table(List<Json.Obj> keys) throws Failure {
            var table = new Table("KEY", "VERSION", "CREATED", "NODES");
            for (var key : keys) {
                for (var version : ResponseFields.objects(key, "versions")) {
                    table.row(
                            name(key),
                            Long.toString(ResponseFields.number(version, "version")),
                            ResponseFields.text(version, "made_at"),
                            String.join(",", ResponseFields.texts(version, "nodes")));
                }
            }
            return table;
        }
    }

    @Command(
            name = "rotate",
            description = {
                "Create the next version of a tenant key.",
                "Nodes that have the key get the version with their next keys. At most once an hour a key."
            })
    static final class Rotate extends Verb {
        @Parameters(paramLabel = "TENANT/KEY", description = "The key to rotate.")
        private String key = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var name = argument(key, TenantKeyName::parse);
            var answer = context()
                    .coordinator()
                    .post("/v1/keys/" + name + ":rotate", Json.object().end());
            if (format.json) {
                context().output().json(answer);
            } else {
                context().output().line(key + "  has version " + ResponseFields.number(answer, "version"));
            }
            return 0;
        }
    }

    @Command(
            name = "rewrap",
            description = {
                "Have the key service encrypt every tenant key under its newest master key.",
                "Tenant keys and nodes do not change.",
                "Create a master key with mvm-keyd add-epoch, or rotate the Transit key."
            })
    static final class Rewrap extends Verb {
        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var answer = context()
                    .coordinator()
                    .post("/v1/keys:rewrap", Json.object().end());
            if (format.json) {
                context().output().json(answer);
            } else {
                context().output().line("every key is under the newest master key");
            }
            return 0;
        }
    }
}
