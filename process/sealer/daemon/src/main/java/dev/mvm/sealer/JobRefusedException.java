package dev.mvm.sealer;

import java.io.IOException;
import java.io.Serial;

/// A job is not done, for a reason other than the contents of a snapshot.
final class JobRefusedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Code code;

    /// Reasons; docs/protocol/sealer.md. The codes are stable.
    enum Code {
        MALFORMED_REQUEST("malformed_request"),
        BAD_DESCRIPTOR("bad_descriptor"),
        KEY_SHORT("key_short"),
        KEY_LONG("key_long"),
        WRONG_MACHINE("wrong_machine"),
        WRONG_WAY("wrong_way"),
        VMM_HUNG_UP("vmm_hung_up"),
        NO_SPACE("no_space"),
        STOPPED("stopped");

        private final String word;

        Code(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /// @param detail one line for the log
    JobRefusedException(Code code, String detail) {
        super(code.word() + ": " + detail);
        this.code = code;
    }

    Code code() {
        return code;
    }
}
