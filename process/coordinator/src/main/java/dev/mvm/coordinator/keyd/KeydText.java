package dev.mvm.coordinator.keyd;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.keyd.service.KeydException;

/// The key service's failures as an operator sees them.
final class KeydText {
    private static final int MOST = 300;

    private KeydText() {}

    /// Returns the service's words without the code: one line of printable ASCII.
    static String of(KeydException e) {
        var text = String.valueOf(e.getMessage());
        var words =
                text.startsWith(e.reason() + ": ") ? text.substring(e.reason().length() + 2) : text;
        return (words.length() > MOST ? words.substring(0, MOST) : words).replaceAll("[^ -~]", "?");
    }

    static ProblemException problem(KeydException e) {
        return switch (e.kind()) {
            case REFUSED -> new ProblemException(Fault.CONFLICT, e.reason(), "the key service refuses: " + of(e));
            case FAILED -> new ProblemException(Fault.UNAVAILABLE, e.reason(), "the key service failed: " + of(e));
            case UNAVAILABLE ->
                new ProblemException(
                        Fault.UNAVAILABLE,
                        e.reason(),
                        "the key service does not answer (" + of(e) + "); see its log, and try again");
        };
    }
}
