package dev.mvm.protocol.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Optional;
import java.util.regex.Pattern;

/// What a guestd says: one word about one number.
///
/// @param number a call's from [Word#DONE] on, otherwise a line's
public record Report(Word word, long number) {
    /// Most bytes of a packet.
    public static final int MAX_BYTES = 32;

    private static final Pattern FORM = Pattern.compile("([a-z_]{1,13}) ([1-9][0-9]{0,17})");

    /// What it says.
    public enum Word {
        /// The guest's agent has answered.
        CONNECTED("connected"),
        /// The guest is ready.
        READY("ready"),
        /// A worker in the guest says so of itself.
        HOOK_READY("hook_ready"),
        HOOK_IDLE("hook_idle"),
        HOOK_BUSY("hook_busy"),
        /// The guest's line is over. The last word about it.
        ENDED("ended"),
        /// The answer to a call is yes.
        DONE("done"),
        /// The answer is no, or none came.
        FAILED("failed"),
        /// The guest of the VMM that was asked runs.
        RUNNING("running"),
        PAUSED("paused"),
        /// What listens is another version than it has to be.
        OTHER_VERSION("other_version");

        private final String text;

        Word(String text) {
            this.text = text;
        }

        /// As it is in packets.
        public String text() {
            return text;
        }
    }

    /// Reads a packet, empty if it is none of the protocol's.
    public static Optional<Report> parse(byte[] packet) {
        var form = FORM.matcher(new String(packet, US_ASCII));
        if (!form.matches()) {
            return Optional.empty();
        }
        for (var word : Word.values()) {
            if (word.text().equals(form.group(1))) {
                return Optional.of(new Report(word, Long.parseLong(form.group(2))));
            }
        }
        return Optional.empty();
    }
}
