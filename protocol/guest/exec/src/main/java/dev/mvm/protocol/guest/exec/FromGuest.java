package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.io.IOException;

/// A message of a guest on a program's stream. A closed set: each record is one type of frame.
public sealed interface FromGuest {
    int STARTED = 0x83;
    int STDOUT = 0x84;
    int STDERR = 0x85;
    int WINDOW = 0x86;
    int EXIT = 0x87;
    int REFUSED = 0x88;

    int EXITED = 0;
    int KILLED = 1;

    /// The program runs.
    ///
    /// @param pid in the guest
    /// @param credit for stdin
    record Started(int pid, int credit) implements FromGuest {
        public Started {
            ExecLimits.credit(credit);
            if (pid < 1) {
                throw new IllegalArgumentException("not a pid: " + pid);
            }
        }
    }

    record Data(OutputStreamKind output, Bytes data) implements FromGuest {
        public Data {
            ExecLimits.data(data);
        }
    }

    /// Further credit for stdin.
    record Window(int credit) implements FromGuest {
        public Window {
            ExecLimits.credit(credit);
        }
    }

    /// The program and its output have ended.
    record Exit(ProgramEnd.OfItself how) implements FromGuest {}

    record Refused(ExecRefusal reason) implements FromGuest {}

    /// Reads a frame, and believes none of it.
    ///
    /// @throws IOException if it is not one of these messages
    static FromGuest of(ExecFrame frame) throws IOException {
        return ExecPayloadReader.whole(frame.payload(), in -> switch (frame.type()) {
            case STARTED -> new Started(in.u32(), in.u32());
            case STDOUT -> new Data(OutputStreamKind.STDOUT, in.data());
            case STDERR -> new Data(OutputStreamKind.STDERR, in.data());
            case WINDOW -> new Window(in.u32());
            case EXIT -> new Exit(end(in));
            case REFUSED -> new Refused(in.one(ExecRefusal.values(), ExecRefusal::number));
            default -> throw new ViolationException(ViolationException.TYPE);
        });
    }

    private static ProgramEnd.OfItself end(ExecPayloadReader in) throws ViolationException {
        return switch (in.u8()) {
            case EXITED -> new ProgramEnd.Exited(in.u8());
            case KILLED -> new ProgramEnd.Killed(in.u8());
            default -> throw new ViolationException(ViolationException.PAYLOAD);
        };
    }
}
