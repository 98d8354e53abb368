package dev.mvm.cli.command;

import picocli.CommandLine.Command;

/// The noun `audit`: verification of records without trust in their keeper.
@Command(
        name = "audit",
        description = "Verify what was signed, done and refused, without trust in the record keeper.",
        subcommands = {AuditStates.class, AuditVerify.class, AuditExport.class})
final class AuditCommand {
    private AuditCommand() {}
}
