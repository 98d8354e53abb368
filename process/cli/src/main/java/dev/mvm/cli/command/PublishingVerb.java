package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.json.Json;
import java.nio.file.Path;
import java.util.Base64;
import picocli.CommandLine.Parameters;

/// A verb that sends a signed document to the coordinator.
abstract class PublishingVerb extends Verb {
    @Parameters(paramLabel = "FILE.DSSE", description = "The signed document.")
    private Path file = Path.of("");

    final Path file() {
        return file;
    }

    /// Posts the file's content.
    ///
    /// @param path where the coordinator takes such documents
    /// @return its response
    final Json.Obj post(String path) throws Failure {
        return post(path, Json.object());
    }

    /// Posts the file's content with other members of the request.
    ///
    /// @param path where the coordinator takes such documents
    /// @param request the other members
    /// @return its response
    final Json.Obj post(String path, Json.Builder request) throws Failure {
        var envelope = Base64.getEncoder().encodeToString(DocumentFiles.read(file));
        return context()
                .coordinator()
                .post(path, request.put("envelope", envelope).end());
    }
}
