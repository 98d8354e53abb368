package dev.mvm.protocol.qmp;

/// Outcome of a command.
///
/// @param <T> what a good answer carries
public sealed interface QmpAnswer<T> {
    /// The command was carried out, or for a migration, has begun.
    record Value<T>(T value) implements QmpAnswer<T> {}

    /// QEMU refuses it.
    ///
    /// @param errorClass `GenericError`, `CommandNotFound`, ...
    /// @param description for a log: at most 512 characters of printable ASCII
    record Fault<T>(String errorClass, String description) implements QmpAnswer<T> {
        public Fault {
            errorClass = printable(errorClass, 64);
            description = printable(description, 512);
        }
    }

    /// There is no answer; the command may have been carried out. Unless the deadline passed, the connection is
    /// closed.
    record Broken<T>(Reason reason) implements QmpAnswer<T> {}

    enum Reason {
        /// The deadline passed. An answer that comes later is ignored, and other commands may be sent.
        TIMED_OUT,
        /// The connection has ended.
        CLOSED,
        /// A line is longer than any that QEMU sends in answer to these commands.
        TOO_LARGE,
        /// A line is not JSON, not of this protocol or not expected now.
        MALFORMED
    }

    /// `text` as it may be shown: at most `most` characters, anything but printable ASCII replaced.
    static String printable(String text, int most) {
        var cut = text.length() > most ? text.substring(0, most) : text;
        return cut.replaceAll("[^ -~]", "?");
    }
}
