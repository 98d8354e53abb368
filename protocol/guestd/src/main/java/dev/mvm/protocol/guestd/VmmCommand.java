package dev.mvm.protocol.guestd;

import dev.mvm.model.Rates;
import dev.mvm.model.Slot;

/// A command of hostd to a VMM, which a guestd carries out through the VMM's API. `docs/protocol/guestd.md` says what
/// each command does; guestd's half reads it back.
public sealed interface VmmCommand {
    /// The disks of a guest, in this order.
    ///
    /// @param image whether it has an image, which it only reads
    /// @param volume whether it has a data volume
    record Disks(boolean image, boolean volume) {
        /// Returns the word in packets.
        String word() {
            return image ? (volume ? "image,volume" : "image") : volume ? "volume" : "none";
        }

        /// Returns what a word means.
        ///
        /// @throws IllegalArgumentException if there is no such word
        public static Disks of(String word) {
            return switch (word) {
                case "none" -> new Disks(false, false);
                case "image" -> new Disks(true, false);
                case "volume" -> new Disks(false, true);
                case "image,volume" -> new Disks(true, true);
                default -> throw new IllegalArgumentException("no disks are called " + word);
            };
        }
    }

    /// Makes a fresh VMM ready to boot.
    ///
    /// @param vcpus virtual processors, 1 to 32
    /// @param memMib guest memory in MiB, 1 to 1,048,576
    /// @param slot gives the guest its tap and its hardware address
    /// @param rates the most that its devices may transfer
    /// @param bootLine the kernel's command line, at most 2,047 printable characters of ASCII
    record Configure(int vcpus, int memMib, Slot slot, Disks disks, Rates rates, String bootLine)
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
    record GoOn(Disks disks, Rates rates) implements VmmCommand {}

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
            case Configure(var vcpus, var memMib, var slot, var disks, var rates, var bootLine) ->
                "\n" + vcpus + " " + memMib + " " + slot.tap() + " " + slot.mac() + " " + devices(disks, rates) + "\n"
                        + bootLine;
            case GoOn(var disks, var rates) -> "\n" + devices(disks, rates);
            default -> "";
        };
    }

    private static String devices(Disks disks, Rates rates) {
        return disks.word() + " " + rates.diskMib() + " " + rates.diskRequests() + " " + rates.netMib() + " "
                + rates.netPackets();
    }
}
