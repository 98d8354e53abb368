package dev.mvm.cli.command;

import picocli.CommandLine.Command;

/// What was signed, done and refused, for those who do not take anybody's word for it.
@Command(
        name = "audit",
        description = "What was signed, done and refused, verified again without believing who has kept it.",
        mixinStandardHelpOptions = true,
        subcommands = {AuditStates.class, AuditVerify.class, AuditExport.class})
final class AuditCommand {
    private AuditCommand() {}
}
