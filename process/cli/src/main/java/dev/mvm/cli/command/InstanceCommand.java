package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The noun `instance`: single microVMs.
@Command(
        name = "instance",
        description = "Manage single microVMs.",
        subcommands = {
            InstanceCommand.Listing.class,
            InstanceCommand.Details.class,
            ExecCommand.class,
            ExecCommand.Console.class,
            LogsCommand.class,
            InstanceChanges.Start.class,
            InstanceChanges.Stop.class,
            InstanceChanges.Warm.class,
            InstanceChanges.Resume.class,
            InstanceChanges.Sleep.class,
            InstanceChanges.Wake.class,
            InstanceCommand.Stats.class,
            InstanceChanges.Destroy.class
        })
final class InstanceCommand {
    private InstanceCommand() {}

    static String path(InstanceAddress address) {
        return "/v1/instances/" + address.tenant() + "/" + address.pool() + "/" + address.instance();
    }

    private static String health(Json.Obj instance) {
        var reason = ResponseFields.text(instance, "reason");
        if (!ResponseFields.text(instance, "state").equals("Running")) {
            return reason;
        }
        return ResponseFields.flag(instance, "healthy")
                ? "healthy"
                : "unhealthy" + (reason.isEmpty() ? "" : ": " + reason);
    }

    /// Returns the health of an instance, or the size of its snapshot while it sleeps.
    private static String condition(Json.Obj instance) {
        var asleep = ResponseFields.text(instance, "state").equals("Sleeping")
                && ResponseFields.text(instance, "reason").isEmpty();
        return asleep
                ? SleepFigures.of(instance)
                        .map(sleep -> sleep.onDisk() + " on disk")
                        .orElse("")
                : health(instance);
    }

    @Command(
            name = "list",
            description = {
                "List instances.",
                "Columns: address, state, IP address in the tenant's network, health or snapshot size."
            })
    static final class Listing extends Verb {
        @Parameters(
                arity = "0..1",
                paramLabel = "TENANT[/POOL]",
                description = "List only the instances of this tenant or pool.")
        private Optional<String> which = Optional.empty();

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var query = which.map(this::query).orElse("");
            var instances = ResponseFields.objects(context().coordinator().get("/v1/instances" + query), "instances");
            if (format.json) {
                context().output().json(instances);
                return 0;
            }
            var table = new Table("INSTANCE", "STATE", "IP", "HEALTH");
            for (var instance : instances) {
                table.row(
                        ResponseFields.text(instance, "address"),
                        ResponseFields.text(instance, "state"),
                        ResponseFields.text(instance, "ip"),
                        condition(instance));
            }
            context().output().table(table);
            return 0;
        }

        private String query(String text) {
            if (text.contains("/")) {
                var pool = argument(text, PoolAddress::parse);
                return "?tenant=" + pool.tenant() + "&pool=" + pool.pool();
            }
            return "?tenant=" + argument(text, TenantId::new);
        }
    }

    @Command(name = "info", description = "Show one instance.")
    static final class Details extends Verb {
        @Parameters(paramLabel = "TENANT/POOL/INSTANCE", description = "The instance.")
        private String address = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var instance = context().coordinator().get(path(argument(address, InstanceAddress::parse)));
            if (format.json) {
                context().output().json(instance);
                return 0;
            }
            context()
                    .output()
                    .facts(
                            "address", ResponseFields.text(instance, "address"),
                            "state", ResponseFields.text(instance, "state"),
                            "health", health(instance),
                            "ip", ResponseFields.text(instance, "ip"),
                            "node", ResponseFields.text(instance, "node"),
                            "size", size(instance),
                            "revision", ResponseFields.text(instance, "revision"),
                            "started", ResponseFields.text(instance, "started_at"),
                            "slept", ResponseFields.text(ResponseFields.object(instance, "sleep"), "slept_at"),
                            "on disk",
                                    SleepFigures.of(instance)
                                            .map(SleepFigures::onDisk)
                                            .orElse(""),
                            "keys", keys(instance),
                            "manual until", ResponseFields.text(instance, "manual_until"));
            return 0;
        }

        private static String keys(Json.Obj instance) throws Failure {
            var parts = new ArrayList<String>();
            for (var use : ResponseFields.objects(instance, "keys")) {
                long version = ResponseFields.number(use, "version");
                parts.add(ResponseFields.text(use, "purpose") + " under "
                        + (version == 0 ? "an unknown version" : ResponseFields.text(use, "key") + " " + version));
            }
            return String.join(", ", parts);
        }

        private static String size(Json.Obj instance) {
            return ResponseFields.text(instance, "vcpus") + " vCPU, " + ResponseFields.text(instance, "mem_mib")
                    + " MiB";
        }
    }

    @Command(
            name = "stats",
            description = {
                "Show the figures of an instance's last sleep.",
                "Memory and snapshot size, and how long sealing and waking took."
            })
    static final class Stats extends Verb {
        @Parameters(paramLabel = "TENANT/POOL/INSTANCE", description = "The instance.")
        private String address = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var instance = context().coordinator().get(path(argument(address, InstanceAddress::parse)));
            var sleep = SleepFigures.of(instance);
            if (format.json) {
                var out = Json.object()
                        .put("address", ResponseFields.text(instance, "address"))
                        .put("state", ResponseFields.text(instance, "state"));
                sleep.ifPresent(_ -> out.put("sleep", ResponseFields.object(instance, "sleep")));
                context().output().json(out.end());
            } else if (sleep.isEmpty()) {
                context().output().line(ResponseFields.text(instance, "address") + "  has never slept");
            } else {
                show(instance, sleep.get());
            }
            return 0;
        }

        private void show(Json.Obj instance, SleepFigures sleep) {
            var reported = ResponseFields.object(instance, "sleep");
            context()
                    .output()
                    .facts(
                            "address", ResponseFields.text(instance, "address"),
                            "state", ResponseFields.text(instance, "state"),
                            "epoch", ResponseFields.text(reported, "epoch"),
                            "slept", ResponseFields.text(reported, "slept_at"),
                            "memory", sleep.memory(),
                            "on disk", sleep.onDisk(),
                            "ratio", sleep.ratio(),
                            "sealing", sleep.sealing(),
                            "waking", sleep.waking());
        }
    }
}
