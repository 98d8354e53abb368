package dev.mvm.protocol.guestd;

import dev.mvm.model.Rates;
import dev.mvm.model.Slot;

/// A command of hostd to a VMM, which a guestd carries out through the VMM's API. `docs/protocol/guestd.md` says what
/// each command does; guestd's half reads it back.
public sealed interface VmmCommand {
    /// Makes a fresh VMM ready to boot.
    ///
    /// @param vcpus virtual processors, 1 to 32
    /// @param memMib guest memory in MiB, 1 to 1,048,576
    /// @param slot gives the guest its tap and its hardware address
    /// @param volume whether the guest has a data volume
    /// @param rates the most that its devices may transfer
    /// @param bootLine the kernel's command line, at most 2,047 printable characters of ASCII
    record Configure(int vcpus, int memMib, Slot slot, boolean volume, Rates rates, String bootLine)
            implements VmmCommand {}

    /// Boots a configured VMM.
    record Start() implements VmmCommand {}

    /// Stops the virtual processors.
    record Pause() implements VmmCommand {}

    /// Lets a paused guest run that has run in this process before.
    record Resume() implements VmmCommand {}

    /// Asks whether the guest runs or is paused.
    record State() implements VmmCommand {}

    /// Writes a paused guest to `/snap`.
    record Save() implements VmmCommand {}

    /// Loads the saved guest into a fresh VMM, paused.
    record Load() implements VmmCommand {}

    /// Lets a loaded guest run, after its devices have the limits of today and no longer those that were saved.
    ///
    /// @param volume whether the guest has a data volume
    record GoOn(boolean volume, Rates rates) implements VmmCommand {}

    /// Returns the command's word in packets and logs.
    default String word() {
        return switch (this) {
            case Configure _ -> "configure";
            case Start _ -> "start";
            case Pause _ -> "pause";
            case Resume _ -> "resume";
            case State _ -> "state";
            case Save _ -> "save";
            case Load _ -> "load";
            case GoOn _ -> "go_on";
        };
    }

    /// Returns the lines after a packet's first line, each with a line feed in front; empty for most commands.
    default String arguments() {
        return switch (this) {
            case Configure(var vcpus, var memMib, var slot, var volume, var rates, var bootLine) ->
                "\n" + vcpus + " " + memMib + " " + slot.tap() + " " + slot.mac() + " " + devices(volume, rates) + "\n"
                        + bootLine;
            case GoOn(var volume, var rates) -> "\n" + devices(volume, rates);
            default -> "";
        };
    }

    private static String devices(boolean volume, Rates rates) {
        return (volume ? "volume" : "none") + " " + rates.diskMib() + " " + rates.diskRequests() + " " + rates.netMib()
                + " " + rates.netPackets();
    }
}
