package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.image.store.ImageName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The verb `image import`.
@Command(
        name = "import",
        description = {
            "Import an image, or a directory, under a name.",
            "SOURCE is one of:",
            "  REGISTRY/PATH@sha256:...  an image of a registry by its digest (a tag, REGISTRY/PATH:TAG, is resolved",
            "                            once, and its digest is printed)",
            "  docker-archive:FILE       a file with one saved image",
            "  oci:DIR[:NAME]            an OCI image layout",
            "  tree:DIR                  a directory; say its program with --entrypoint",
            "Needs Debian's packages skopeo, erofs-utils, cryptsetup-bin and bubblewrap.",
            "Refusals begin with a code; docs/operations/images.md lists them."
        })
final class ImageImportVerb extends Verb {
    @Parameters(paramLabel = "SOURCE", index = "0", description = "The image's source, see above.")
    private String source = "";

    @Parameters(
            paramLabel = "ARGUMENT",
            index = "1..*",
            arity = "0..*",
            description = "After --: arguments in place of the image's command.")
    private List<String> arguments = new ArrayList<>();

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "Name in the store.")
    private String nameText = "";

    @Option(names = "--replace", description = "Give this image the name even if another has it.")
    private boolean replace;

    @Mixin
    private ImportOptions options = new ImportOptions();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure, IOException {
        var name = argument(nameText, ImageName::new);
        var record = options.carryOut(this, source, name, replace, arguments);
        if (format.json) {
            context().output().json(ImageCommand.json(name, record));
        } else {
            context()
                    .output()
                    .line(name.value() + "  sha256:"
                            + record.image().sha256().hex() + "  "
                            + ImageCommand.size(record.image().bytes()) + "  "
                            + record.source().reference());
        }
        return 0;
    }
}
