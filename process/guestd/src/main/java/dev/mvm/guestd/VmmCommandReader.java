package dev.mvm.guestd;

import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.guestd.VmmCommand;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads hostd's commands to VMMs: guestd's half of [VmmCommand].
final class VmmCommandReader {
    private static final String NUMBER = "([1-9][0-9]{0,8})";
    private static final Pattern CONFIGURE = Pattern.compile(
            NUMBER + " " + NUMBER + " tn([0-9]{1,4})i([0-9]{1,3}) [0-9a-f:]{17} (volume|none)\\n([^\\n]*)");

    private VmmCommandReader() {}

    /// Reads a command from its word and its arguments.
    ///
    /// @param arguments the text after the packet's first line, if the packet has one
    /// @throws IllegalArgumentException if hostd writes no command like that
    static VmmCommand read(String word, Optional<String> arguments) {
        var command = switch (word) {
            case "configure" -> configure(arguments.orElse(""));
            case "start" -> new VmmCommand.Start();
            case "pause" -> new VmmCommand.Pause();
            case "resume" -> new VmmCommand.Resume();
            case "state" -> new VmmCommand.State();
            case "save" -> new VmmCommand.Save();
            case "load" -> new VmmCommand.Load();
            case "go_on" -> new VmmCommand.GoOn();
            default -> throw new IllegalArgumentException("hostd sent an unknown command to a VMM");
        };
        if (!command.arguments().equals(arguments.map(text -> "\n" + text).orElse(""))) { // one spelling of each
            throw new IllegalArgumentException("hostd sent arguments that do not belong to " + word);
        }
        return command;
    }

    private static VmmCommand configure(String arguments) {
        var form = CONFIGURE.matcher(arguments);
        if (!form.matches()) {
            throw new IllegalArgumentException("hostd sent a malformed configuration of a VMM");
        }
        return new VmmCommand.Configure(
                number(form.group(1)),
                number(form.group(2)),
                new Slot(new NetId(number(form.group(3))), number(form.group(4))),
                form.group(5).equals("volume"),
                form.group(6));
    }

    private static int number(String digits) {
        return Integer.parseInt(digits);
    }
}
