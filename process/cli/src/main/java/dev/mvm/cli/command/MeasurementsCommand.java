package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.MeasurementsDraft;
import dev.mvm.cli.signing.TpmIdentity;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `measurements`: which software operators accept on nodes.
@Command(
        name = "measurements",
        description = {
            "Manage measurements: which software operators accept on nodes with a TPM.",
            "A release is accepted if each of its registers has one of the values listed. The list is signed by keys of"
                    + " role node."
        },
        subcommands = {
            MeasurementsCommand.Init.class,
            MeasurementsCommand.Add.class,
            MeasurementsCommand.Drop.class,
            MeasurementsCommand.Sign.class,
            MeasurementsCommand.Publish.class,
            MeasurementsCommand.Listing.class
        })
final class MeasurementsCommand {
    private MeasurementsCommand() {}

    /// Base of the verbs that write a list, to be signed next.
    abstract static class Draft extends Verb {
        @Option(
                names = "--days",
                defaultValue = "365",
                paramLabel = "N",
                description = "Validity in days, 1 to 3650. Default: ${DEFAULT-VALUE}.")
        private int days;

        final int days() {
            return days;
        }

        final int write(Path file, Measurements list) throws Failure {
            DocumentFiles.write(
                    file, Payloads.of(list), FileVerification.draft(Measurements.TYPE, Payloads::measurements));
            var names = list.releases().stream().map(MeasuredRelease::name).toList();
            context()
                    .output()
                    .line(file + "  version " + list.version() + ": "
                            + (names.isEmpty() ? "NO RELEASE" : String.join(", ", names)) + ", not signed yet");
            return 0;
        }

        static Measurements list(Path file) throws Failure {
            return DocumentFiles.measurements(Drafts.open(file, Measurements.TYPE, Payloads::measurements));
        }
    }

    /// The option with the registers of a release.
    static final class Registers {
        @Option(
                names = "--pcr",
                paramLabel = "N=DIGEST",
                description = "Register, 0 to 23, and a value that it may have; repeatable, also for one register.")
        private List<String> pcrs = List.of();

        @Option(
                names = "--from",
                paramLabel = "FILE",
                description = "File with what mvm-attest identity printed on a machine that has booted the release.")
        private Optional<Path> from = Optional.empty();

        @Option(
                names = "--only",
                split = ",",
                paramLabel = "N",
                description = "With --from: registers to compare, separated by commas. Default: all that it has.")
        private List<Integer> only = List.of();

        MeasuredRelease release(Verb verb, String name) throws Failure {
            if (from.isPresent() == !pcrs.isEmpty() || (!only.isEmpty() && from.isEmpty())) {
                throw verb.usage("give either --pcr, or --from and perhaps --only");
            }
            if (from.isEmpty()) {
                return verb.argument(name, text -> MeasurementsDraft.release(text, pcrs));
            }
            var machine = TpmIdentity.read(from.get());
            return verb.argument(name, text -> MeasurementsDraft.release(text, machine, only));
        }
    }

    @Command(
            name = "init",
            description = {"Write a first list with one release.", "Sign and publish it next."})
    static final class Init extends Draft {
        @Parameters(index = "0", paramLabel = "RELEASE", description = "Name of the release, such as 0.4.0.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the list.")
        private Path file = Path.of("");

        @Mixin
        private Registers registers = new Registers();

        @Option(
                names = "--pin",
                required = true,
                paramLabel = "DIGEST",
                description = "Digest of the fleet's first trust root; see mvm trust pin.")
        private String pin = "";

        @Override
        int run() throws Failure {
            var fleet = argument(pin, Digest::new);
            var release = registers.release(this, name);
            return write(file, argument("", _ -> MeasurementsDraft.first(fleet, days(), release)));
        }
    }

    @Command(
            name = "add",
            description = {"Write the next list, with one release more.", "Sign and publish it next."})
    static final class Add extends Draft {
        @Parameters(index = "0", paramLabel = "CURRENT", description = "Current list, signed or not.")
        private Path current = Path.of("");

        @Parameters(index = "1", paramLabel = "RELEASE", description = "Name of the release.")
        private String name = "";

        @Parameters(index = "2", paramLabel = "FILE", description = "New file for the next list.")
        private Path file = Path.of("");

        @Mixin
        private Registers registers = new Registers();

        @Override
        int run() throws Failure {
            var before = list(current);
            var release = registers.release(this, name);
            return write(file, argument("", _ -> MeasurementsDraft.with(before, days(), release)));
        }
    }

    @Command(
            name = "drop",
            description = {
                "Write the next list, without a release: nodes that boot it are accepted no longer.",
                "Sign and publish it next."
            })
    static final class Drop extends Draft {
        @Parameters(index = "0", paramLabel = "CURRENT", description = "Current list, signed or not.")
        private Path current = Path.of("");

        @Parameters(index = "1", paramLabel = "RELEASE", description = "Name of the release.")
        private String name = "";

        @Parameters(index = "2", paramLabel = "FILE", description = "New file for the next list.")
        private Path file = Path.of("");

        @Override
        int run() throws Failure {
            var before = list(current);
            return write(file, argument("", _ -> MeasurementsDraft.without(before, days(), name)));
        }
    }

    @Command(
            name = "sign",
            description = {
                "Sign a list.",
                "Writes FILE.dsse beside a plain FILE. Adds a signature to a FILE.dsse that is signed already."
            })
    static final class Sign extends SigningVerb {
        Sign() {
            super(Measurements.TYPE, Payloads::measurements);
        }
    }

    @Command(name = "publish", description = "Send a signed list to the coordinator, which keeps it.")
    static final class Publish extends PublishingVerb {
        @Override
        int run() throws Failure {
            var answer = post("/v1/measurements");
            context()
                    .output()
                    .line("version " + ResponseFields.number(answer, "version") + "  until "
                            + ResponseFields.text(answer, "expires") + ": " + names(answer));
            return 0;
        }
    }

    private static String names(Json.Obj list) throws Failure {
        var names = ResponseFields.objects(list, "releases").stream()
                .map(release -> ResponseFields.text(release, "name"))
                .toList();
        return names.isEmpty() ? "no release" : String.join(", ", names);
    }

    @Command(name = "list", description = "List the measurements that were published, oldest first.")
    static final class Listing extends Verb {
        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "Also write the newest list, as it was signed, to this file, such as list.dsse.")
        private Optional<Path> out = Optional.empty();

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var all = ResponseFields.objects(context().coordinator().get("/v1/measurements"), "measurements");
            if (out.isPresent() && !all.isEmpty()) {
                DocumentFiles.replace(
                        out.get(),
                        ResponseFields.encoded(all.getLast(), "envelope"),
                        FileVerification.signed(Measurements.TYPE, Payloads::measurements));
            }
            if (format.json) {
                context().output().json(all);
                return 0;
            }
            var table = new Table("VERSION", "EXPIRES", "RELEASES");
            for (var list : all) {
                table.row(
                        Long.toString(ResponseFields.number(list, "version")),
                        ResponseFields.text(list, "expires"),
                        names(list));
            }
            context().output().table(table);
            return 0;
        }
    }
}
