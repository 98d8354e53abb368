package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.TenantId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The noun `tenant`: the unit of isolation.
@Command(
        name = "tenant",
        description = "Manage tenants, the unit of isolation.",
        subcommands = {TenantCommand.Listing.class, TenantCommand.Create.class})
final class TenantCommand {
    private TenantCommand() {}

    @Command(name = "list", description = "List tenants: name, network, pools, instances, expiry of the grant.")
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
            var table = new Table("TENANT", "NET", "SUBNET", "POOLS", "INSTANCES", "NODES", "GRANT EXPIRES");
            for (var tenant : tenants) {
                var expires = ResponseFields.text(tenant, "grant_expires");
                table.row(
                        ResponseFields.text(tenant, "tenant"),
                        Long.toString(ResponseFields.number(tenant, "net_id")),
                        ResponseFields.text(tenant, "subnet"),
                        Long.toString(ResponseFields.number(tenant, "pools")),
                        Long.toString(ResponseFields.number(tenant, "instances")),
                        ResponseFields.text(tenant, "mode").equals("hardened") ? "hardened" : "any",
                        expires.isEmpty() ? "no grant" : expires);
            }
            context().output().table(table);
            return 0;
        }
    }

    @Command(
            name = "create",
            description = {
                "Reserve a network id and a subnet for a tenant. No other tenant ever gets them.",
                "The tenant can run nothing until operators have signed a grant: mvm grant init."
            })
    static final class Create extends Verb {
        @Parameters(paramLabel = "TENANT", description = "Name of the new tenant.")
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
