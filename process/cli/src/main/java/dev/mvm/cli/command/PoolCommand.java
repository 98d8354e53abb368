package dev.mvm.cli.command;

import dev.mvm.cli.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Pools: instances of one revision and one size.
@Command(
        name = "pool",
        description = "Pools: instances of one revision and one size.",
        mixinStandardHelpOptions = true,
        subcommands = {PoolCommand.Listing.class, PoolCommand.Details.class, PoolCommand.Scale.class})
final class PoolCommand {
    private PoolCommand() {}

    static String counts(Json.Obj counts) {
        return ResponseFields.number(counts, "running") + " running, " + ResponseFields.number(counts, "warm")
                + " warm, " + ResponseFields.number(counts, "sleeping") + " sleeping";
    }

    @Command(
            name = "list",
            description = "Lists pools: address, what is wanted, what there is.",
            mixinStandardHelpOptions = true)
    static final class Listing extends Verb {
        @Parameters(arity = "0..1", paramLabel = "TENANT", description = "Only those of a tenant.")
        private Optional<String> tenant = Optional.empty();

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var query = tenant.map(text -> "?tenant=" + argument(text, TenantId::new))
                    .orElse("");
            var pools = ResponseFields.objects(context().coordinator().get("/v1/pools" + query), "pools");
            if (format.json) {
                context().output().json(pools);
                return 0;
            }
            var table = new Table("POOL", "WANTED", "THERE", "GRANTED");
            for (var pool : pools) {
                table.row(
                        ResponseFields.text(pool, "address"),
                        counts(ResponseFields.object(pool, "desired")),
                        counts(ResponseFields.object(pool, "actual")),
                        "up to " + ResponseFields.text(pool, "granted"));
            }
            context().output().table(table);
            return 0;
        }
    }

    @Command(name = "info", description = "Shows one pool.", mixinStandardHelpOptions = true)
    static final class Details extends Verb {
        @Parameters(paramLabel = "TENANT/POOL")
        private String address = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var target = argument(address, PoolAddress::parse);
            var answer = context().coordinator().get("/v1/pools?tenant=" + target.tenant());
            for (var pool : ResponseFields.objects(answer, "pools")) {
                if (ResponseFields.text(pool, "address").equals(target.toString())) {
                    show(pool);
                    return 0;
                }
            }
            throw new Failure("no such pool: " + target + " (mvm pool list shows all)");
        }

        private void show(Json.Obj pool) {
            if (format.json) {
                context().output().json(pool);
                return;
            }
            context()
                    .output()
                    .facts(
                            "pool", ResponseFields.text(pool, "address"),
                            "wanted", counts(ResponseFields.object(pool, "desired")),
                            "there", counts(ResponseFields.object(pool, "actual")),
                            "granted", "up to " + ResponseFields.text(pool, "granted"),
                            "size",
                                    ResponseFields.text(pool, "vcpus") + " vCPU, "
                                            + ResponseFields.text(pool, "mem_mib") + " MiB",
                            "flake", ResponseFields.text(pool, "flake_ref"),
                            "revision", ResponseFields.text(pool, "revision"),
                            "flags", String.join(", ", ResponseFields.texts(pool, "flags")));
        }
    }

    @Command(
            name = "scale",
            description = "Says how many instances are wanted. The coordinator signs it, the nodes follow.",
            mixinStandardHelpOptions = true)
    static final class Scale extends Verb {
        @Parameters(paramLabel = "TENANT/POOL")
        private String address = "";

        @Option(names = "--running", paramLabel = "N", description = "Instances that run, 0 to 100.")
        private Optional<Integer> running = Optional.empty();

        @Option(names = "--warm", paramLabel = "N", description = "Instances paused in memory, 0 to 100.")
        private Optional<Integer> warm = Optional.empty();

        @Option(
                names = "--sleeping",
                paramLabel = "N",
                description = "Instances that are put to sleep rather than stopped when fewer are to run, 0 to 100.")
        private Optional<Integer> sleeping = Optional.empty();

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var target = argument(address, PoolAddress::parse);
            var body = Json.object();
            running.ifPresent(count -> body.put("running", checked(count)));
            warm.ifPresent(count -> body.put("warm", checked(count)));
            sleeping.ifPresent(count -> body.put("sleeping", checked(count)));
            if (running.isEmpty() && warm.isEmpty() && sleeping.isEmpty()) {
                throw usage("say how many: --running N, --warm N, --sleeping N");
            }
            var path = "/v1/pools/" + target.tenant() + "/" + target.pool() + ":scale";
            var pool = context().coordinator().post(path, body.end());
            if (format.json) {
                context().output().json(pool);
            } else {
                context().output().line(target + "  wanted: " + counts(ResponseFields.object(pool, "desired")));
            }
            return 0;
        }

        private int checked(int count) {
            if (count < 0 || count > 100) {
                throw usage("a count is 0 to 100, not " + count);
            }
            return count;
        }
    }
}
