package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.GrantDraft;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.cli.signing.ReleaseReview;
import dev.mvm.cli.signing.RevisionFiles;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import dev.mvm.protocol.trust.authoring.GrantDocument;
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
            "All verbs but get and publish work on files, without a network."
        },
        subcommands = {
            GrantCommand.Init.class,
            GrantGet.class,
            GrantChanges.Edit.class,
            GrantChanges.Diff.class,
            GrantExplain.class,
            GrantCommand.Sign.class,
            GrantVerify.class,
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

        @Option(
                names = "--revision",
                required = true,
                paramLabel = "FILE",
                description = "What the pool's instances boot, as mvm revision make has written it.")
        private Path revision = Path.of("");

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
                        "Flag of the pool: exec, metadata, pinned, critical, egress, isolated, strict, integrity, logs or no_restart; repeatable.")
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

        @Mixin
        private ReleaseOptions release = new ReleaseOptions();

        @Override
        int run() throws Failure {
            var netId = argument(Integer.toString(net), text -> new NetId(Integer.parseInt(text)));
            var boots = RevisionFiles.read(revision);
            var draft = new GrantDraft(
                    argument(tenant, TenantId::new),
                    version,
                    netId,
                    subnet.map(text -> argument(text, Subnet::parse)).orElse(DefaultSubnet.of(netId)),
                    argument(pool, PoolId::new),
                    boots.digest(),
                    boots.revision().runtime(),
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
            var keysTo = release.read(this);
            var grant = argument("", _ -> new GrantDocument(draft.grant(), keysTo));
            DocumentFiles.write(file, Payloads.of(grant), FileVerification.draft(DocumentType.GRANT, Payloads::grant));
            ReleaseReview.warning(grant).ifPresent(context().output()::line);
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

        @Override
        void remark(Path signed) throws Failure {
            var grant = DocumentFiles.grant(Drafts.open(signed, DocumentType.GRANT, Payloads::grant));
            GrantReview.destroyed(grant.grant()).forEach(context().output()::line);
            ReleaseReview.warning(grant).ifPresent(context().output()::line);
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
