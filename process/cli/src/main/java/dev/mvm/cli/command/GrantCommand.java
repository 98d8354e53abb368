package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.GrantDraft;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.model.Digest;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `grant`: what operators allow a tenant to run.
@Command(
        name = "grant",
        description = {
            "Manage grants: what operators allow a tenant to run.",
            "All verbs but publish work on files, without a network."
        },
        subcommands = {
            GrantCommand.Init.class,
            GrantChanges.Edit.class,
            GrantChanges.Diff.class,
            GrantCommand.Sign.class,
            GrantCommand.VerifyGrant.class,
            GrantCommand.Publish.class
        })
final class GrantCommand {
    private GrantCommand() {}

    @Command(
            name = "init",
            description = {"Write a first grant for a tenant with one pool.", "Edit and sign it next."})
    static final class Init extends Verb {
        @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant.")
        private String tenant = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the grant.")
        private Path file = Path.of("");

        @Option(
                names = "--grant-version",
                defaultValue = "1",
                paramLabel = "N",
                description = "Version, one more than that of the grant it replaces. Default: ${DEFAULT-VALUE}.")
        private int version;

        @Option(
                names = "--net",
                required = true,
                paramLabel = "ID",
                description = "The tenant's network id, as printed by mvm tenant create.")
        private int net;

        @Option(
                names = "--subnet",
                paramLabel = "CIDR",
                description = "The tenant's subnet. Default: the /24 of the network id.")
        private Optional<String> subnet = Optional.empty();

        @Option(names = "--pool", required = true, paramLabel = "POOL", description = "Name of the pool.")
        private String pool = "";

        @Option(names = "--kernel", required = true, paramLabel = "DIGEST", description = "Digest of the kernel.")
        private String kernel = "";

        @Option(
                names = "--rootfs",
                required = true,
                paramLabel = "DIGEST",
                description = "Digest of the root file system.")
        private String rootfs = "";

        @Option(
                names = "--flake",
                required = true,
                paramLabel = "REF",
                description = "Flake reference that the image was built from.")
        private String flake = "";

        @Option(
                names = "--lock",
                required = true,
                paramLabel = "DIGEST",
                description = "Digest of the flake's flake.lock.")
        private String lock = "";

        @Option(
                names = "--vcpus",
                defaultValue = "1",
                paramLabel = "N",
                description = "vCPUs per instance. Default: ${DEFAULT-VALUE}.")
        private int vcpus;

        @Option(
                names = "--mem",
                defaultValue = "128",
                paramLabel = "MIB",
                description = "Memory per instance in MiB. Default: ${DEFAULT-VALUE}.")
        private int mem;

        @Option(
                names = "--disk",
                defaultValue = "0",
                paramLabel = "GIB",
                description = "Encrypted data volume per instance in GiB; 0 for no volume. Default: ${DEFAULT-VALUE}.")
        private int disk;

        @Option(
                names = "--sleeping-mem",
                paramLabel = "MIB",
                description = "Memory of all sleeping instances on a node together in MiB. Default: no limit.")
        private Optional<Integer> sleepingMem = Optional.empty();

        @Option(
                names = "--max",
                defaultValue = "10",
                paramLabel = "N",
                description = "Maximum number of instances on a node. Default: ${DEFAULT-VALUE}.")
        private int max;

        @Option(
                names = "--days",
                defaultValue = "90",
                paramLabel = "N",
                description = "Validity in days, 1 to 3650. Default: ${DEFAULT-VALUE}.")
        private int days;

        @Option(
                names = "--flag",
                paramLabel = "FLAG",
                description =
                        "Flag of the pool: exec, metadata, pinned, critical, egress, isolated, strict or integrity; repeatable.")
        private List<String> flags = List.of();

        @Option(
                names = "--sealed-key",
                paramLabel = "ID:PURPOSE",
                description = "Tenant key with purpose snapshot, volume or secrets; repeatable.")
        private List<String> keys = List.of();

        @Option(
                names = "--mode",
                defaultValue = "dev",
                paramLabel = "MODE",
                description = "Nodes that may have the tenant: hardened, or dev for all. Default: ${DEFAULT-VALUE}.")
        private String mode = "";

        @Option(
                names = "--rate",
                paramLabel = "NAME=N",
                description =
                        "Limit of one instance a second: disk_mib, disk_requests, net_mib or net_packets; repeatable."
                                + " 0, the default, sets no limit.")
        private Map<String, Integer> rates = new LinkedHashMap<>();

        @Override
        int run() throws Failure {
            var netId = argument(Integer.toString(net), text -> new NetId(Integer.parseInt(text)));
            var draft = new GrantDraft(
                    argument(tenant, TenantId::new),
                    version,
                    netId,
                    subnet.map(text -> argument(text, Subnet::parse)).orElse(DefaultSubnet.of(netId)),
                    argument(pool, PoolId::new),
                    flake,
                    argument(lock, Digest::new),
                    argument(kernel, Digest::new),
                    argument(rootfs, Digest::new),
                    vcpus,
                    mem,
                    disk,
                    sleepingMem.orElse(Quotas.UNLIMITED),
                    max,
                    days,
                    flags,
                    keys.stream().map(text -> argument(text, GrantDraft::key)).toList(),
                    argument(mode, GrantDraft::mode),
                    rates);
            var grant = argument("", _ -> draft.grant());
            DocumentFiles.write(file, Payloads.of(grant), FileVerification.draft(DocumentType.GRANT, Payloads::grant));
            context().output().line(file + "  grant for " + tenant + ", not signed yet");
            return 0;
        }
    }

    @Command(
            name = "sign",
            description = {
                "Sign a grant.",
                "Writes FILE.dsse beside a plain FILE. Adds a signature to a FILE.dsse that is signed already."
            })
    static final class Sign extends SigningVerb {
        Sign() {
            super(DocumentType.GRANT, Payloads::grant);
        }
    }

    @Command(name = "verify", description = "Verify a signed grant against a trust root and show what it allows.")
    static final class VerifyGrant extends Verb {
        @Parameters(paramLabel = "FILE.DSSE", description = "The signed grant.")
        private Path file = Path.of("");

        @Mixin
        private AnchorOptions anchor = new AnchorOptions();

        @Override
        int run() throws Failure {
            var trusted = anchor.read(this);
            try {
                show(trusted.verifier().grant(trusted.newest(), DocumentFiles.read(file)));
                return 0;
            } catch (RefusedException e) {
                throw new Failure("verification failed: " + e.getMessage());
            }
        }

        private void show(Verified<Grant> verified) {
            var grant = verified.value();
            var quotas = grant.quotas();
            context()
                    .output()
                    .facts(
                            "grant", grant.tenant() + ", version " + grant.version() + ", " + verified.digest(),
                            "valid", grant.notBefore() + " to " + grant.expires(),
                            "nodes", grant.mode() == NodeMode.DEV ? "of any mode" : "hardened only",
                            "network",
                                    grant.network().net() + ", "
                                            + grant.network().subnet(),
                            "quotas",
                                    quotas.maxVcpus() + " vCPU, " + quotas.maxMemMib() + " MiB, "
                                            + quotas.maxRunning() + " running, " + quotas.maxWarm() + " warm, "
                                            + quotas.maxDiskGib() + " GiB disk" + GrantReview.asleep(quotas));
            for (var pool : grant.pools()) {
                context()
                        .output()
                        .line("pool     " + pool.pool() + ": " + pool.count().min() + " to "
                                + pool.count().max() + " of at most "
                                + pool.ceiling().vcpus() + " vCPU and "
                                + pool.ceiling().memMib() + " MiB, "
                                + pool.revisions().size() + (pool.revisions().size() == 1 ? " revision" : " revisions")
                                + (pool.flags().isEmpty() ? "" : ", " + flags(pool))
                                + rates(pool.rates()));
            }
            for (var key : grant.keys()) {
                context()
                        .output()
                        .line("key      " + key.id() + ": " + key.purpose().word() + ", from version "
                                + key.minVersion());
            }
        }

        private static String rates(Rates rates) {
            return rates.equals(Rates.UNLIMITED) ? "" : ", each a second at most " + GrantReview.rates(rates);
        }

        private static String flags(Grant.Pool pool) {
            return String.join(
                    ", ",
                    pool.flags().stream().map(flag -> flag.word()).sorted().toList());
        }
    }

    @Command(
            name = "publish",
            description = {"Send a signed grant to the coordinator.", "New pools begin with no instances."})
    static final class Publish extends PublishingVerb {
        @Override
        int run() throws Failure {
            var tenant = post("/v1/grants");
            context()
                    .output()
                    .line(ResponseFields.text(tenant, "tenant") + "  granted until "
                            + ResponseFields.text(tenant, "grant_expires"));
            return 0;
        }
    }
}
