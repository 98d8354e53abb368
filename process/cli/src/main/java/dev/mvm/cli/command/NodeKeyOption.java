package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.crypto.verify.VerifyKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The option with the file that has the public half of a node's key.
final class NodeKeyOption {
    private static final int MAX_BYTES = 1024;

    @Option(
            names = "--node-key",
            required = true,
            paramLabel = "FILE",
            description = "File with the line that mvm-hostd make-node-key printed on the node: the public half of the"
                    + " key that the node signs with, and the key's name.")
    private Path file = Path.of("");

    /// Reads the key.
    ///
    /// @throws Failure if the file has none, or one of another name
    VerifyKey read() throws Failure {
        return read(file);
    }

    /// Reads the key in a file, as [#read()].
    static VerifyKey read(Path file) throws Failure {
        var content = DocumentFiles.read(file);
        var text = new String(content, 0, Math.min(content.length, MAX_BYTES), StandardCharsets.ISO_8859_1).strip();
        var words = text.split("\\s+", -1);
        var key = key(file, words);
        if (words.length == 2 && !words[1].equals(key.id().value())) {
            throw new Failure(
                    "damaged file " + file + ": its key is " + key.id() + ", not " + words[1] + " as written there");
        }
        return key;
    }

    private static VerifyKey key(Path file, String[] words) throws Failure {
        try {
            if (words.length <= 2) {
                return VerifyKey.ofBase64(words[0]);
            }
        } catch (IllegalArgumentException e) {
            throw none(file);
        }
        throw none(file);
    }

    private static Failure none(Path file) {
        return new Failure("no node key in " + file + " (expected the line that mvm-hostd make-node-key printed)");
    }
}
