package dev.mvm.cli.command;

import picocli.CommandLine.Command;

/// What was signed, done and refused, for those who do not take anybody's word for it.
@Command(
        name = "audit",
        description = "Verify what was signed, done and refused, without trusting the keeper of the records.",
        subcommands = {AuditStates.class, AuditVerify.class, AuditExport.class})
final class AuditCommand {
    private AuditCommand() {}
}
