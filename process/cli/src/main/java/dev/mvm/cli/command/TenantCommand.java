package dev.mvm.cli.command;

import dev.mvm.cli.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.TenantId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Tenants.
@Command(
        name = "tenant",
        description = "Tenants: who is kept apart from whom.",
        mixinStandardHelpOptions = true,
        subcommands = {TenantCommand.Listing.class, TenantCommand.Create.class})
final class TenantCommand {
    private TenantCommand() {}

    @Command(name = "list", description = "Lists tenants: name, network, grant.", mixinStandardHelpOptions = true)
    static final class Listing extends Verb {
        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var tenants = ResponseFields.objects(context().coordinator().get("/v1/tenants"), "tenants");
            if (format.json) {
                context().output().json(tenants);
                return 0;
            }
            var table = new Table("TENANT", "NET", "SUBNET", "POOLS", "INSTANCES", "GRANT EXPIRES");
            for (var tenant : tenants) {
                var expires = ResponseFields.text(tenant, "grant_expires");
                table.row(
                        ResponseFields.text(tenant, "tenant"),
                        Long.toString(ResponseFields.number(tenant, "net_id")),
                        ResponseFields.text(tenant, "subnet"),
                        Long.toString(ResponseFields.number(tenant, "pools")),
                        Long.toString(ResponseFields.number(tenant, "instances")),
                        expires.isEmpty() ? "no grant" : expires);
            }
            context().output().table(table);
            return 0;
        }
    }

    @Command(
            name = "create",
            description = {
                "Reserves a net id and a subnet for a tenant; no one else ever gets them.",
                "Nothing runs for it until operators have signed a grant: mvm grant init."
            },
            mixinStandardHelpOptions = true)
    static final class Create extends Verb {
        @Parameters(paramLabel = "TENANT")
        private String name = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var id = argument(name, TenantId::new);
            var tenant = context()
                    .coordinator()
                    .post("/v1/tenants", Json.object().put("tenant", id.value()).end());
            if (format.json) {
                context().output().json(tenant);
            } else {
                context()
                        .output()
                        .line(id + "  net " + ResponseFields.number(tenant, "net_id") + "  "
                                + ResponseFields.text(tenant, "subnet"));
            }
            return 0;
        }
    }
}
