package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.image.ImageException;
import dev.mvm.image.build.Verification;
import dev.mvm.image.program.Programs;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageRecord;
import dev.mvm.image.store.ImageStore;
import dev.mvm.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The noun `image`: images on this machine, made of container images.
@Command(
        name = "image",
        description = {
            "Import container images into a store on this machine.",
            "Guests boot one by a revision that names it: mvm revision make --image.",
            "The store is $MVM_IMAGES, or mvm/images in $XDG_DATA_HOME or ~/.local/share.",
        },
        subcommands = {
            ImageImportVerb.class,
            ImageCommand.Listing.class,
            ImageCommand.Info.class,
            ImageCommand.Verify.class,
            ImageCommand.Remove.class
        })
final class ImageCommand {
    private ImageCommand() {}

    /// The store that the environment names.
    static ImageStore store() throws IOException {
        return ImageStore.open(variable("MVM_IMAGES")
                .map(Path::of)
                .orElseGet(() -> variable("XDG_DATA_HOME")
                        .map(Path::of)
                        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "share"))
                        .resolve("mvm/images")));
    }

    private static Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty());
    }

    /// The line of a refusal: its code first, for programs.
    static Failure failure(ImageException refusal) {
        return new Failure(refusal.code() + ": " + refusal.line());
    }

    static Json.Obj json(ImageName name, ImageRecord record) {
        return Json.object()
                .put("name", name.value())
                .put("record", record.json())
                .end();
    }

    /// Bytes as people read them; 1 MiB is 1048576 bytes.
    static String size(long bytes) {
        return bytes < 1 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
    }

    @Command(name = "list", description = "List images: name, digest, size, source, time of import.")
    static final class Listing extends Verb {
        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure, IOException {
            try {
                var all = store().list();
                if (format.json) {
                    var out = new ArrayList<Json>();
                    all.forEach((name, record) -> out.add(json(name, record)));
                    context().output().json(out);
                    return 0;
                }
                var table = new Table("NAME", "IMAGE", "SIZE", "SOURCE", "IMPORTED");
                all.forEach((name, record) -> table.row(
                        name.value(),
                        record.image().sha256().hex().substring(0, 12),
                        size(record.image().bytes()),
                        Printable.text(record.source().reference()),
                        record.imported().toString()));
                context().output().table(table);
                return 0;
            } catch (ImageException e) {
                throw failure(e);
            }
        }
    }

    @Command(
            name = "info",
            description = {
                "Show an image: digests, source, program, and files left out.",
                "The labels that the image's maker gave it stand in the provenance, which --json prints whole."
            })
    static final class Info extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name of the image.")
        private String text = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure, IOException {
            var name = argument(text, ImageName::new);
            try {
                var store = store();
                var record = store.get(name);
                var provenance = ImageProvenance.read(store.bytes(record.provenance()));
                if (format.json) {
                    context()
                            .output()
                            .json(Json.object()
                                    .put("name", name.value())
                                    .put("record", record.json())
                                    .put("provenance", provenance.document())
                                    .end());
                    return 0;
                }
                var facts = new ArrayList<String>(facts(record));
                provenance.labels().forEach((label, value) -> facts.addAll(List.of("label " + label, value)));
                context().output().facts(facts.stream().map(Printable::text).toArray(String[]::new));
                return 0;
            } catch (ImageException e) {
                throw failure(e);
            }
        }

        private static List<String> facts(ImageRecord record) {
            var image = record.image();
            var out =
                    new ArrayList<>(List.of("image", "sha256:" + image.sha256().hex()));
            out.addAll(List.of("size", size(image.bytes())));
            out.addAll(List.of("data blocks", Long.toString(image.dataBlocks())));
            out.addAll(List.of("root hash", image.rootHash().hex()));
            out.addAll(List.of("salt", image.salt()));
            out.addAll(List.of("source", record.source().reference()));
            record.source().indexes().forEach(index -> out.addAll(List.of("source index", index.text())));
            record.source().digests().forEach((kind, digest) -> out.addAll(List.of("source " + kind, digest.text())));
            out.addAll(List.of("provenance", "sha256:" + record.provenance().hex() + " (not signed)"));
            out.addAll(List.of("imported", record.imported().toString()));
            out.addAll(List.of("entries", Long.toString(record.contents().entries())));
            record.contents()
                    .dropped()
                    .forEach((kind, count) -> out.addAll(List.of("left out: " + kind, Long.toString(count))));
            record.config().members().forEach((member, value) -> out.addAll(List.of(member, Printable.json(value))));
            return out;
        }
    }

    @Command(
            name = "verify",
            description = {
                "Compare images with their records, byte by byte.",
                "Without a name all images are compared, and the first that differs ends it."
            })
    static final class Verify extends Verb {
        @Parameters(paramLabel = "NAME", arity = "0..*", description = "Names of images.")
        private List<String> texts = new ArrayList<>();

        @Override
        int run() throws Failure, IOException {
            var names = new ArrayList<ImageName>();
            texts.forEach(text -> names.add(argument(text, ImageName::new)));
            try {
                var store = store();
                if (names.isEmpty()) {
                    names.addAll(store.list().keySet());
                }
                var verification = new Verification(Programs.DEBIAN, store);
                for (var name : names) {
                    verification.verify(name);
                    context().output().line(name.value() + "  verified");
                }
                return 0;
            } catch (ImageException e) {
                throw failure(e);
            }
        }
    }

    @Command(name = "rm", description = "Remove images; files that another image needs stay.")
    static final class Remove extends Verb {
        @Parameters(paramLabel = "NAME", arity = "1..*", description = "Names of images.")
        private List<String> texts = new ArrayList<>();

        @Override
        int run() throws Failure, IOException {
            var names = new ArrayList<ImageName>();
            texts.forEach(text -> names.add(argument(text, ImageName::new)));
            try {
                var store = store();
                for (var name : names) {
                    store.remove(name);
                    context().output().line(name.value() + "  removed");
                }
                return 0;
            } catch (ImageException e) {
                throw failure(e);
            }
        }
    }
}
