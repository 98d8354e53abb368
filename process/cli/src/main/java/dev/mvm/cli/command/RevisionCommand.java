package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.RevisionFiles;
import dev.mvm.image.store.ImageName;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.protocol.trust.Revision;
import dev.mvm.protocol.trust.authoring.RevisionDocument;
import dev.mvm.protocol.trust.authoring.RevisionDocument.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `revision`: what instances boot, as a document that grants name by its digest.
@Command(
        name = "revision",
        description = {
            "Manage revisions: what instances boot, named in grants by digest.",
            "The verbs work on files, without a network."
        },
        subcommands = {RevisionCommand.Make.class, RevisionCommand.Show.class})
final class RevisionCommand {
    private RevisionCommand() {}

    @Command(
            name = "make",
            description = {
                "Write a revision to a new file, and print its digest.",
                "Its guest has an image as its root, or lives in its initramfs."
            })
    static final class Make extends Verb {
        @Parameters(index = "0", paramLabel = "FILE", description = "New file for the revision.")
        private Path file = Path.of("");

        @Option(names = "--kernel", required = true, paramLabel = "DIGEST", description = "Digest of the kernel.")
        private String kernel = "";

        @Option(names = "--initramfs", required = true, paramLabel = "DIGEST", description = "Digest of the initramfs.")
        private String initramfs = "";

        @ArgGroup(multiplicity = "1")
        private Origin origin = new Origin();

        static final class Origin {
            @Option(
                    names = "--image",
                    required = true,
                    paramLabel = "NAME",
                    description = "Image of mvm image list, the guest's root.")
            private Optional<String> image = Optional.empty();

            @ArgGroup(exclusive = false, multiplicity = "1")
            private @Nullable Flake flake;
        }

        static final class Flake {
            @Option(
                    names = "--flake",
                    required = true,
                    paramLabel = "REF",
                    description = "Flake reference that the initramfs was built from.")
            private String reference = "";

            @Option(
                    names = "--lock",
                    required = true,
                    paramLabel = "DIGEST",
                    description = "Digest of the flake's flake.lock.")
            private String lock = "";
        }

        @Override
        int run() throws Failure, IOException {
            var runtime = new GuestRuntime(argument(kernel, Digest::new), argument(initramfs, Digest::new));
            var revision = origin.image.isPresent()
                    ? ImageRevision.of(argument(origin.image.get(), ImageName::new), runtime)
                            .document()
                    : ofFlake(Objects.requireNonNull(origin.flake), runtime);
            RevisionFiles.write(file, revision);
            context().output().line(file + "  revision " + revision.digest());
            return 0;
        }

        private RevisionDocument ofFlake(Flake flake, GuestRuntime runtime) throws Failure {
            var lock = argument(flake.lock, Digest::new);
            var source = argument(flake.reference, reference -> new Source.Flake(reference, lock));
            return new RevisionDocument(new Revision(Optional.empty(), runtime), source, Optional.empty());
        }
    }

    @Command(name = "show", description = "Show a revision: its digest, image, runtime and source.")
    static final class Show extends Verb {
        @Parameters(index = "0", paramLabel = "FILE", description = "File of the revision.")
        private Path file = Path.of("");

        @Override
        int run() throws Failure {
            var document = RevisionFiles.read(file);
            var runtime = document.revision().runtime();
            var image = document.revision().image();
            context()
                    .output()
                    .facts(
                            "revision", document.digest().value(),
                            "kernel", runtime.kernel().value(),
                            "initramfs", runtime.initramfs().value(),
                            "image", image.map(each -> each.file().value()).orElse(""),
                            "root hash",
                                    image.map(each -> each.rootHash().value()).orElse(""),
                            "source", source(document.source()),
                            "provenance",
                                    document.provenance().map(Digest::value).orElse(""));
            return 0;
        }

        private static String source(Source source) {
            return switch (source) {
                case Source.Container(var manifest, var _) -> "container image " + manifest;
                case Source.Tree(var tree) -> "directory " + tree;
                case Source.Flake(var reference, var lock) -> reference + ", lock " + lock;
            };
        }
    }
}
