package dev.mvm.protocol.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Optional;
import java.util.regex.Pattern;

/// A guestd's report: one word about one number.
///
/// @param number of a call from [Word#DONE] on, otherwise of a session
public record Report(Word word, long number) {
    /// Most bytes of a packet.
    public static final int MAX_BYTES = 32;

    private static final Pattern FORM = Pattern.compile("([a-z_]{1,13}) ([1-9][0-9]{0,17})");

    /// The words of reports.
    public enum Word {
        /// The guest's agent has answered.
        CONNECTED("connected"),
        /// The guest is ready.
        READY("ready"),
        /// A worker in the guest reports itself ready; likewise the next two.
        HOOK_READY("hook_ready"),
        HOOK_IDLE("hook_idle"),
        HOOK_BUSY("hook_busy"),
        /// The guest's session has ended. No report about it follows.
        ENDED("ended"),
        /// The answer to a call is yes.
        DONE("done"),
        /// The answer is no, or there was no answer in time.
        FAILED("failed"),
        /// The VMM's guest runs.
        RUNNING("running"),
        PAUSED("paused"),
        /// The VMM has another version than the command names.
        OTHER_VERSION("other_version");

        private final String text;

        Word(String text) {
            this.text = text;
        }

        /// Returns the word as packets have it.
        public String text() {
            return text;
        }
    }

    /// Reads a packet, or returns empty if the packet does not follow the protocol.
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
