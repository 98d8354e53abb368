package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.Anchor;
import dev.mvm.model.Digest;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/// Options that name the trust root by which documents are verified.
final class AnchorOptions {
    @Option(names = "--root", required = true, paramLabel = "ROOT", description = "Trust root to verify by.")
    private Path root = Path.of("");

    @Option(
            names = "--pin",
            required = true,
            paramLabel = "DIGEST",
            description = "Digest that the trust root must have.")
    private String pin = "";

    @Option(
            names = "--then",
            paramLabel = "NEXT",
            description = "Next trust root; repeatable, in order. The last one decides.")
    private List<Path> later = List.of();

    Anchor read(Verb verb) throws Failure {
        return Anchor.read(root, verb.argument(pin, Digest::new), later);
    }
}
