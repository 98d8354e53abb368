package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.NodeDraft;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Options with the files that have a node's public keys, at least one of them.
final class NodeKeyOptions {
    private static final int MAX_BYTES = 1024;
    private static final String IDENTITY = "ed25519:";

    @Option(
            names = "--node-key",
            paramLabel = "FILE",
            description = "File with the line that mvm-hostd make-node-key printed on the node.")
    private Optional<Path> sealing = Optional.empty();

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description = "File with the public key that the node signs with for the key service: a line"
                    + " ed25519:BASE64, or Base64 alone. Nodes do not make one yet.")
    private Optional<Path> identity = Optional.empty();

    /// Reads the keys.
    ///
    /// @throws Failure if a file has none
    NodeDraft.Keys read(Verb verb) throws Failure {
        if (sealing.isEmpty() && identity.isEmpty()) {
            throw verb.usage("give --node-key, --identity or both");
        }
        return new NodeDraft.Keys(
                sealing.isPresent() ? Optional.of(sealingKey(sealing.get())) : Optional.empty(),
                identity.isPresent() ? Optional.of(identityKey(identity.get())) : Optional.empty());
    }

    private static Bytes sealingKey(Path file) throws Failure {
        var words = lines(file).getFirst().split(" +", -1);
        var key = bytes(file, words[0]);
        requireName(file, words, NodeDraft.fingerprint(key));
        return key;
    }

    private static VerifyKey identityKey(Path file) throws Failure {
        var lines = lines(file);
        var words = lines.stream()
                .filter(line -> line.startsWith(IDENTITY))
                .findFirst()
                .map(line -> line.substring(IDENTITY.length()))
                .orElse(lines.getFirst())
                .split(" +", -1);
        try {
            var key = VerifyKey.ofBase64(words[0]);
            requireName(file, words, key.id().value());
            return key;
        } catch (IllegalArgumentException e) {
            throw new Failure("no identity key in " + file + ": " + e.getMessage());
        }
    }

    /// Returns the lines of a file, at least one.
    private static List<String> lines(Path file) throws Failure {
        var content = DocumentFiles.read(file);
        var text = new String(content, 0, Math.min(content.length, MAX_BYTES), StandardCharsets.ISO_8859_1).strip();
        return List.of(text.split(" *\n", -1));
    }

    private static void requireName(Path file, String[] words, String name) throws Failure {
        if (words.length > 1 && !words[1].equals(name)) {
            throw new Failure(
                    "damaged file " + file + ": its key is " + name + ", not " + words[1] + " as written there");
        }
    }

    private static Bytes bytes(Path file, String base64) throws Failure {
        try {
            var raw = Base64.getDecoder().decode(base64);
            if (raw.length == NodeDocument.KEY_BYTES) {
                return Bytes.of(raw);
            }
        } catch (IllegalArgumentException e) {
            throw noKey(file);
        }
        throw noKey(file);
    }

    private static Failure noKey(Path file) {
        return new Failure("no node key in " + file + " (expected the line that mvm-hostd make-node-key printed)");
    }
}
