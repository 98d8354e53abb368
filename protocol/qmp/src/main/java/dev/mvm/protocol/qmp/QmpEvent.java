package dev.mvm.protocol.qmp;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;

/// Asynchronous event from QEMU.
public sealed interface QmpEvent {
    /// The virtual machine ends.
    ///
    /// @param guest whether the guest asked for it
    /// @param reason QEMU's word for it, such as `guest-reset` or `host-qmp-quit`
    record Shutdown(boolean guest, String reason) implements QmpEvent {}

    /// The virtual processors stand still.
    record Stopped() implements QmpEvent {}

    /// The virtual processors run.
    record Resumed() implements QmpEvent {}

    /// The virtual machine was reset.
    ///
    /// @param guest whether the guest asked for it
    record Reset(boolean guest) implements QmpEvent {}

    /// The guest says that its kernel has panicked.
    ///
    /// @param action QEMU's word for what it does about it, such as `pause`
    record GuestPanicked(String action) implements QmpEvent {}

    /// A migration has reached another stage. Needs [MigrationCapability#EVENTS].
    record MigrationMoved(Migration.Status status) implements QmpEvent {}

    /// Anything else.
    ///
    /// @param name at most 64 characters of printable ASCII
    record Other(String name) implements QmpEvent {}

    /// Reads an event.
    ///
    /// @param name the member `event`
    /// @param data the member `data`, or an empty object
    static QmpEvent of(String name, Json.Obj data) throws JsonException {
        var fields = data.fields();
        return switch (name) {
            case "SHUTDOWN" -> new Shutdown(fields.bool("guest"), word(fields, "reason"));
            case "STOP" -> new Stopped();
            case "RESUME" -> new Resumed();
            case "RESET" -> new Reset(fields.bool("guest"));
            case "GUEST_PANICKED" -> new GuestPanicked(word(fields, "action"));
            case "MIGRATION" -> new MigrationMoved(fields.parsed("status", Migration.Status::of));
            default -> new Other(QmpAnswer.printable(name, 64));
        };
    }

    private static String word(JsonFields fields, String member) throws JsonException {
        return QmpAnswer.printable(fields.string(member), 64);
    }
}
