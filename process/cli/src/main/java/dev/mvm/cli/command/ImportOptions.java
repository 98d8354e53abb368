package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.image.ImageException;
import dev.mvm.image.build.ImageImport;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.program.Programs;
import dev.mvm.image.source.Reference;
import dev.mvm.image.source.Skopeo;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Options of an import: how the source is fetched, and what is to be in the place of the image's own config.
final class ImportOptions {
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

    /// Imports an image into the store.
    ///
    /// @param verb makes errors of usage
    /// @param replace whether the name may be another image's, which loses it
    /// @param arguments in place of the image's command, unless empty
    /// @throws Failure if it is refused; its line begins with the code
    ImageRecord carryOut(Verb verb, String source, ImageName name, boolean replace, List<String> arguments)
            throws Failure, IOException {
        if (timeout < 1 || timeout > 86_400) {
            throw verb.usage("--timeout is 1 to 86400 seconds");
        }
        try {
            var reference = Reference.parse(source);
            if (owners && !(reference instanceof Reference.Tree)) {
                throw verb.usage("--owners is for tree:DIR; other images keep the owners of their files");
            }
            var request = new ImageImport.Request(
                    reference,
                    name,
                    replace,
                    owners,
                    new Overrides(entrypoint, arguments, environment, user, directory, volume),
                    new Skopeo.Options(
                            readable(authfile),
                            readable(policy).orElseGet(ImportOptions::usualPolicy),
                            readable(registriesConf),
                            readable(registriesDirectory),
                            Duration.ofSeconds(timeout)));
            return new ImageImport(Programs.DEBIAN, ImageCommand.store(), InstantSource.system()).run(request);
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
