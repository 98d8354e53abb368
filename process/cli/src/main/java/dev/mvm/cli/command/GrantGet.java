package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Saves the grant that the coordinator has in force for a tenant.
@Command(
        name = "get",
        description = {
            "Save a tenant's grant in force to a new file.",
            "It is what the coordinator says: mvm grant verify checks who has signed it."
        })
final class GrantGet extends Verb {
    @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant.")
    private String tenant = "";

    @Parameters(index = "1", paramLabel = "FILE.DSSE", description = "New file for the signed grant.")
    private Path file = Path.of("");

    @Override
    int run() throws Failure {
        var grant = TenantGrant.fetch(context().coordinator(), argument(tenant, TenantId::new));
        DocumentFiles.write(file, grant.bytes().array(), FileVerification.signed(DocumentType.GRANT, Payloads::grant));
        context()
                .output()
                .line(file + "  grant for " + tenant + ", version "
                        + grant.document().grant().version());
        return 0;
    }
}
