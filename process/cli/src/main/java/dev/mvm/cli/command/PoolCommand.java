package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.Rates;
import dev.mvm.model.TenantId;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `pool`: instances of one image revision and one size.
@Command(
        name = "pool",
        description = "Manage pools, sets of instances of one image revision and one size.",
        subcommands = {
            PoolCreate.class,
            PoolCommand.Listing.class,
            PoolCommand.Details.class,
            PoolCommand.Scale.class,
            PoolDestroy.class
        })
final class PoolCommand {
    private PoolCommand() {}

    static String counts(Json.Obj counts) {
        return ResponseFields.number(counts, "running") + " running, " + ResponseFields.number(counts, "warm")
                + " warm, " + ResponseFields.number(counts, "sleeping") + " sleeping";
    }

    @Command(name = "list", description = "List pools: address, desired and actual instances, limit of the grant.")
    static final class Listing extends Verb {
        @Parameters(arity = "0..1", paramLabel = "TENANT", description = "List only this tenant's pools.")
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
            var table = new Table("POOL", "DESIRED", "ACTUAL", "LIMIT");
            for (var pool : pools) {
                table.row(
                        ResponseFields.text(pool, "address"),
                        counts(ResponseFields.object(pool, "desired")),
                        counts(ResponseFields.object(pool, "actual")),
                        ResponseFields.text(pool, "granted"));
            }
            context().output().table(table);
            return 0;
        }
    }

    @Command(name = "info", description = "Show one pool.")
    static final class Details extends Verb {
        @Parameters(paramLabel = "TENANT/POOL", description = "The pool.")
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
            throw new Failure("no such pool: " + target + " (see mvm pool list)");
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
                            "desired", counts(ResponseFields.object(pool, "desired")),
                            "actual", counts(ResponseFields.object(pool, "actual")),
                            "limit", ResponseFields.text(pool, "granted") + " instances per node",
                            "size",
                                    ResponseFields.text(pool, "vcpus") + " vCPU, "
                                            + ResponseFields.text(pool, "mem_mib") + " MiB",
                            "rates", rates(ResponseFields.object(pool, "rates")),
                            "revision", ResponseFields.text(pool, "revision"),
                            "flags", String.join(", ", ResponseFields.texts(pool, "flags")));
        }

        private static String rates(Json.Obj rates) {
            var limits = GrantReview.rates(new Rates(
                    (int) ResponseFields.number(rates, "disk_mib"),
                    (int) ResponseFields.number(rates, "disk_requests"),
                    (int) ResponseFields.number(rates, "net_mib"),
                    (int) ResponseFields.number(rates, "net_packets")));
            return limits.isEmpty() ? "no limits" : limits + " a second";
        }
    }

    @Command(
            name = "scale",
            description = {"Set how many instances a pool should have.", "Counts that you leave out do not change."})
    static final class Scale extends Verb {
        @Parameters(paramLabel = "TENANT/POOL", description = "The pool.")
        private String address = "";

        @Option(names = "--running", paramLabel = "N", description = "Running instances, 0 to 100.")
        private Optional<Integer> running = Optional.empty();

        @Option(names = "--warm", paramLabel = "N", description = "Instances paused in memory, 0 to 100.")
        private Optional<Integer> warm = Optional.empty();

        @Option(
                names = "--sleeping",
                paramLabel = "N",
                description = "Instances to put to sleep, rather than stop, when fewer should run; 0 to 100.")
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
                throw usage("no count given: use --running N, --warm N or --sleeping N");
            }
            var path = "/v1/pools/" + target.tenant() + "/" + target.pool() + ":scale";
            var pool = context().coordinator().post(path, body.end());
            if (format.json) {
                context().output().json(pool);
            } else {
                context().output().line(target + "  desired: " + counts(ResponseFields.object(pool, "desired")));
            }
            return 0;
        }

        private int checked(int count) {
            if (count < 0 || count > 100) {
                throw usage("count out of range: " + count + ", must be 0 to 100");
            }
            return count;
        }
    }
}
