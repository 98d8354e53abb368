package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.terminal.Table;
import dev.mvm.model.Digest;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Tombstone;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `tombstone`: ends of tenants by the operators' word.
@Command(
        name = "tombstone",
        description = {
            "End a tenant for good, by the operators' word.",
            "A tombstone ends the tenant's grant, keys and name: THERE IS NO WAY BACK. It is signed by keys of role"
                    + " grant."
        },
        subcommands = {
            TombstoneCommand.Init.class,
            TombstoneCommand.Sign.class,
            TombstoneCommand.Publish.class,
            TombstoneCommand.Listing.class
        })
final class TombstoneCommand {
    private TombstoneCommand() {}

    @Command(
            name = "init",
            description = {
                "Write the tombstone of a tenant.",
                "Its version follows that of the tenant's newest grant: give the grant or the version. Sign it next."
            })
    static final class Init extends Verb {
        @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant that ends.")
        private String tenant = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the tombstone.")
        private Path file = Path.of("");

        @Option(
                names = "--pin",
                required = true,
                paramLabel = "DIGEST",
                description = "Digest of the fleet's first trust root; see mvm trust pin.")
        private String pin = "";

        @Option(names = "--grant", paramLabel = "GRANT", description = "The tenant's newest grant, signed or not.")
        private Optional<Path> grant = Optional.empty();

        @Option(
                names = "--tombstone-version",
                paramLabel = "N",
                description = "Version, more than that of every grant of the tenant.")
        private Optional<Integer> version = Optional.empty();

        @Override
        int run() throws Failure {
            var name = argument(tenant, TenantId::new);
            var fleet = argument(pin, Digest::new);
            int number = number(name);
            var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            var tombstone = argument("", _ -> new Tombstone(fleet, name, number, now));
            DocumentFiles.write(
                    file, Payloads.of(tombstone), FileVerification.draft(Tombstone.TYPE, Payloads::tombstone));
            context().output().line(file + "  END OF TENANT " + name + ", version " + number + ", not signed yet");
            return 0;
        }

        private int number(TenantId name) throws Failure {
            if (version.isPresent() == grant.isPresent()) {
                throw usage("give either --grant or --tombstone-version");
            }
            if (version.isPresent()) {
                return version.get();
            }
            var last = DocumentFiles.grant(Drafts.open(grant.get(), DocumentType.GRANT, Payloads::grant))
                    .grant();
            if (!last.tenant().equals(name)) {
                throw new Failure("the grant is of tenant " + last.tenant() + ", not " + name + ": " + grant.get());
            }
            return Math.addExact(last.version(), 1);
        }
    }

    @Command(
            name = "sign",
            description = {
                "Sign a tombstone.",
                "Writes FILE.dsse beside a plain FILE. Adds a signature to a FILE.dsse that is signed already."
            })
    static final class Sign extends SigningVerb {
        Sign() {
            super(Tombstone.TYPE, Payloads::tombstone);
        }

        @Override
        void remark(Path signed) throws Failure {
            var tombstone = DocumentFiles.tombstone(Drafts.open(signed, Tombstone.TYPE, Payloads::tombstone));
            context()
                    .output()
                    .line("! published, it ends tenant " + tombstone.tenant() + " for good; what only its keys open is"
                            + " lost");
        }
    }

    @Command(
            name = "publish",
            description = {
                "Send a signed tombstone to the coordinator.",
                "The tenant's grant and counts end at once, and the key service destroys its keys. Its instances stay"
                        + " until they are destroyed."
            })
    static final class Publish extends PublishingVerb {
        @Override
        int run() throws Failure {
            var answer = post("/v1/tombstones");
            context()
                    .output()
                    .line(ResponseFields.text(answer, "tenant") + "  ended by version "
                            + ResponseFields.number(answer, "version"));
            return 0;
        }
    }

    @Command(name = "list", description = "List tombstones: tenant, version, date.")
    static final class Listing extends Verb {
        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var all = ResponseFields.objects(context().coordinator().get("/v1/tombstones"), "tombstones");
            if (format.json) {
                context().output().json(all);
                return 0;
            }
            var table = new Table("TENANT", "VERSION", "ISSUED");
            for (var tombstone : all) {
                table.row(
                        ResponseFields.text(tombstone, "tenant"),
                        Long.toString(ResponseFields.number(tombstone, "version")),
                        ResponseFields.text(tombstone, "issued_at"));
            }
            context().output().table(table);
            return 0;
        }
    }
}
