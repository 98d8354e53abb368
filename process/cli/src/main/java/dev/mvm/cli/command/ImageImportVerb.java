package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.image.ImageException;
import dev.mvm.image.build.ImageImport;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.program.Programs;
import dev.mvm.image.source.Reference;
import dev.mvm.image.source.Skopeo;
import dev.mvm.image.store.ImageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    @Option(
            names = "--authfile",
            paramLabel = "FILE",
            description = "Credentials of registries (containers-auth.json(5)); without it none are sent.")
    private Optional<Path> authfile = Optional.empty();

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description =
                    "Signatures that sources need (containers-policy.json(5)); by default the user's, or Debian's.")
    private Optional<Path> policy = Optional.empty();

    @Option(
            names = "--registries-conf",
            paramLabel = "FILE",
            description = "Mirrors of registries (containers-registries.conf(5)).")
    private Optional<Path> registriesConf = Optional.empty();

    @Option(
            names = "--registries-d",
            paramLabel = "DIR",
            description = "Where signatures of registries lie (containers-registries.d(5)).")
    private Optional<Path> registriesDirectory = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "3600",
            description = "How long a transfer may take, 1 to 86400; by default 3600.")
    private int timeout;

    @Option(names = "--owners", description = "Keep the owners of the files of tree:DIR; by default root has all.")
    private boolean owners;

    @Option(names = "--entrypoint", paramLabel = "PROGRAM", description = "Program in place of the image's.")
    private Optional<String> entrypoint = Optional.empty();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "Variable over the image's; may be repeated.")
    private List<String> environment = new ArrayList<>();

    @Option(names = "--user", paramLabel = "USER[:GROUP]", description = "User in place of the image's.")
    private Optional<String> user = Optional.empty();

    @Option(names = "--workdir", paramLabel = "DIR", description = "Working directory in place of the image's.")
    private Optional<String> directory = Optional.empty();

    @Option(
            names = "--volume",
            paramLabel = "DIR",
            description = "Where a data volume is mounted; by default where the image says, if it names one place.")
    private Optional<String> volume = Optional.empty();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure, IOException {
        var name = argument(nameText, ImageName::new);
        if (timeout < 1 || timeout > 86_400) {
            throw usage("--timeout is 1 to 86400 seconds");
        }
        try {
            var reference = Reference.parse(source);
            if (owners && !(reference instanceof Reference.Tree)) {
                throw usage("--owners is for tree:DIR; other images keep the owners of their files");
            }
            var request = new ImageImport.Request(
                    reference,
                    name,
                    replace,
                    owners,
                    new Overrides(entrypoint, arguments, environment, user, directory, volume),
                    new Skopeo.Options(
                            readable(authfile),
                            readable(policy).orElseGet(ImageImportVerb::usualPolicy),
                            readable(registriesConf),
                            readable(registriesDirectory),
                            Duration.ofSeconds(timeout)));
            var record = new ImageImport(Programs.DEBIAN, ImageCommand.store(), InstantSource.system()).run(request);
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
        } catch (ImageException e) {
            throw ImageCommand.failure(e);
        }
    }

    /// The policy that skopeo would take: the user's own, or the system's.
    private static Path usualPolicy() {
        var own = Path.of(System.getProperty("user.home"), ".config/containers/policy.json");
        return Files.isRegularFile(own) ? own : Path.of("/etc/containers/policy.json");
    }

    private static Optional<Path> readable(Optional<Path> file) throws Failure {
        if (file.isPresent() && !Files.isReadable(file.get())) {
            throw new Failure("cannot read " + file.get());
        }
        return file;
    }
}
