package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.protocol.trust.DocumentType;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// A verb that signs a document of one type, or adds a signature to a signed one.
abstract class SigningVerb extends Verb {
    private final DocumentType type;
    private final Drafts.Reading reading;

    @Parameters(paramLabel = "FILE", description = "The document, signed or not.")
    private Path file = Path.of("");

    @Option(
            names = "--key",
            required = true,
            paramLabel = "REFERENCE",
            description = "Signing key: a file, a pkcs11: URI or transit:NAME; see mvm signing-key --help.")
    private String key = "";

    SigningVerb(DocumentType type, Drafts.Reading reading) {
        this.type = type;
        this.reading = reading;
    }

    @Override
    final int run() throws Failure {
        var signingKey = DocumentFiles.key(key);
        var signed = Drafts.sign(file, type, reading, signingKey);
        context()
                .output()
                .line(signed + "  signed by " + signingKey.verifyKey().id().brief());
        remark(signed);
        return 0;
    }

    /// Tells the signer what they may not have seen.
    ///
    /// @param signed the file that was written
    void remark(Path signed) throws Failure {}
}
