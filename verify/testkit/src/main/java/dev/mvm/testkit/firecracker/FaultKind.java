package dev.mvm.testkit.firecracker;

import java.util.Arrays;
import java.util.regex.Pattern;

/// Kinds of refusal and failure of a VMM, recognised by the beginning of its message. The first kind that fits
/// counts, so a closer description comes before a wider one.
public enum FaultKind {
    /// Allowed only after start.
    NOT_STARTED("The requested operation is not supported before starting the microVM\\."),
    /// Allowed only before start.
    ALREADY_STARTED("The requested operation is not supported after starting the microVM\\."),
    /// A device was to be added to a running microVM.
    NO_HOTPLUG("PCI is not enabled"),
    /// The body is not what this version expects.
    MALFORMED_REQUEST("An error occurred when deserializing the json body of a request"),
    /// No such method and path in this version.
    NO_SUCH_REQUEST("Invalid request method and/or path"),
    /// A snapshot of a running microVM.
    SNAPSHOT_WHILE_RUNNING("Create snapshot error: Cannot save the microVM state"),
    /// The state file could not be opened or flushed.
    SNAPSHOT_STATE_FILE("Create snapshot error: Cannot perform \\w+ on the snapshot backing file"),
    /// The memory file could not be opened, sized or flushed. The state was written before.
    SNAPSHOT_MEMORY_FILE("Create snapshot error: Cannot perform \\w+ on the memory backing file"),
    /// Writing memory failed, for want of space for example.
    SNAPSHOT_MEMORY_WRITE("Create snapshot error: Cannot write memory file"),
    /// Another failure of `PUT /snapshot/create`.
    SNAPSHOT("Create snapshot error"),
    /// A load into a process that was configured before. The process goes on.
    LOAD_NOT_FRESH("Load snapshot error: Loading a microVM snapshot not allowed after configuring"),
    /// A load failed. The process ends a moment later: it must be waited for or killed, never asked again.
    LOAD("Load snapshot error"),
    /// The microVM did not start.
    START("Start microvm error"),
    /// A value of a configuration was refused: a file is missing, a number is out of range.
    CONFIGURATION("(\\w+ config|Boot source|Logger|Metrics) error"),
    /// Anything else.
    OTHER("");

    private final Pattern beginning;

    FaultKind(String beginning) {
        this.beginning = Pattern.compile(beginning);
    }

    static FaultKind of(String message) {
        return Arrays.stream(values())
                .filter(kind -> kind.beginning.matcher(message).lookingAt())
                .findFirst()
                .orElse(OTHER);
    }
}
