package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.GrantChange;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that write the next grant of a tenant, with a key more, or with a key or versions of it less. They begin with
/// the operator's own file, as all drafts do: a coordinator that was taken over must not choose what operators sign.
final class TenantKeyDrafts {
    private TenantKeyDrafts() {}

    /// Base of both verbs.
    abstract static class Draft extends Verb {
        @Parameters(index = "0", paramLabel = "TENANT/KEY", description = "The key.")
        private String key = "";

        @Parameters(index = "1", paramLabel = "GRANT", description = "The tenant's current grant, signed or not.")
        private Path before = Path.of("");

        @Parameters(index = "2", paramLabel = "FILE", description = "New file for the next version of the grant.")
        private Path file = Path.of("");

        @Option(
                names = "--days",
                defaultValue = "90",
                paramLabel = "N",
                description = "Validity in days, 1 to 3650. Default: ${DEFAULT-VALUE}.")
        private int days;

        final TenantKeyName key() {
            return argument(key, TenantKeyName::parse);
        }

        final Path before() {
            return before;
        }

        final Envelope envelope() throws Failure {
            return Drafts.open(before, DocumentType.GRANT, Payloads::grant);
        }

        /// Returns the current grant, which has to be that of the key's tenant.
        final GrantDocument current() throws Failure {
            var grant = DocumentFiles.grant(envelope());
            var tenant = grant.grant().tenant();
            if (!tenant.equals(key().tenant())) {
                throw new Failure("the grant is of tenant " + tenant + ", not " + key().tenant() + ": " + before);
            }
            return grant;
        }

        final Optional<Grant.Key> granted(GrantDocument grant) {
            return grant.grant().keys().stream()
                    .filter(each -> each.id().equals(key().id()))
                    .findFirst();
        }

        final GrantChange change(GrantDocument grant) {
            return argument("", _ -> GrantChange.of(grant, days));
        }

        final int write(GrantDocument current, GrantChange change) throws Failure {
            var next = argument("", _ -> change.grant());
            DocumentFiles.write(file, Payloads.of(next), FileVerification.draft(DocumentType.GRANT, Payloads::grant));
            GrantReview.lines(current, next).forEach(context().output()::line);
            context().output().line(file + "  not signed yet");
            context().output().line("next: mvm grant sign " + file + " --key KEY");
            context().output().line("then: mvm grant publish " + file + ".dsse");
            return 0;
        }
    }

    @Command(
            name = "create",
            description = {
                "Write the next version of a grant with one more tenant key.",
                "The key service makes the key once the grant is signed and published. Without a network."
            })
    static final class Create extends Draft {
        @Option(
                names = "--purpose",
                required = true,
                paramLabel = "WORD",
                description = "What the key is for, for good: snapshot, volume or secrets.")
        private String purpose = "";

        @Override
        int run() throws Failure {
            var wanted = argument(purpose, KeyPurpose::of);
            var current = current();
            if (granted(current).isPresent()) {
                throw new Failure("the grant has the key " + key().id() + " already: " + before());
            }
            var change = change(current);
            change.addKey(new Grant.Key(key().id(), wanted, 1));
            return write(current, change);
        }
    }

    @Command(
            name = "destroy",
            description = {
                "Write the next version of a grant without a tenant key, or without versions of it.",
                "Once it is signed and published the key service destroys them: THERE IS NO WAY BACK. Shows first how"
                        + " many sleeping instances and data volumes lie under them, as nodes have reported last, and"
                        + " writes nothing if there are any, or if nodes are away, unless told --yes."
            })
    static final class Destroy extends Draft {
        @Option(
                names = "--below",
                paramLabel = "VERSION",
                description = "Only versions below this one, 2 or more. Default: all, and the key leaves the grant.")
        private Optional<Integer> below = Optional.empty();

        @Option(names = "--yes", description = "Write the grant whatever is lost with the versions.")
        private boolean yes;

        @Override
        int run() throws Failure {
            var current = current();
            var granted = granted(current)
                    .orElseThrow(() -> new Failure("the grant has no key " + key().id() + ": " + before()));
            var change = change(current);
            if (below.isPresent()) {
                raise(change, granted, below.get());
            } else {
                change.removeKey(key().id());
            }
            requireInForce();
            show(KeyLosses.read(
                    context().coordinator(),
                    key(),
                    granted.purpose(),
                    version -> below.isEmpty() || version < below.get()));
            return write(current, change);
        }

        private void raise(GrantChange change, Grant.Key granted, int least) throws Failure {
            if (least < 2) {
                throw usage("--below out of range: " + least + ", must be 2 or more");
            }
            if (least <= granted.minVersion()) {
                throw new Failure("versions below " + granted.minVersion() + " of " + key()
                        + " are destroyed already: give a higher --below");
            }
            change.set("keys." + key().id() + ".min_version", Integer.toString(least));
        }

        /// Refuses another grant than that in force: the next one would be refused when it is published.
        private void requireInForce() throws Failure {
            var digest = envelope().payload().digest().value();
            var tenants = ResponseFields.objects(context().coordinator().get("/v1/tenants"), "tenants");
            for (var tenant : tenants) {
                boolean same = ResponseFields.text(tenant, "grant").equals(digest);
                if (ResponseFields.text(tenant, "tenant").equals(key().tenant().value()) && same) {
                    return;
                }
            }
            throw new Failure("the coordinator has another grant of " + key().tenant()
                    + " in force: begin with that one, or publish this one first: " + before());
        }

        private void show(KeyLosses losses) throws Failure {
            context().output().table(losses.table());
            losses.remarks().forEach(context().output()::line);
            if (losses.areNone()) {
                context().output().line("nothing that nodes reported lies under it");
            } else if (!yes) {
                var remedy = below.isPresent()
                        ? "rotate the key and wait until they have another version"
                        : "destroy them or give them another key";
                throw new Failure(
                        losses.sum() + "; nothing is written: " + remedy + ", or repeat it with --yes (key_in_use)");
            }
        }
    }
}
