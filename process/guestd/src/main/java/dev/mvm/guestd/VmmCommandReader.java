package dev.mvm.guestd;

import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.protocol.guestd.VmmCommand;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads hostd's commands to VMMs: guestd's half of [VmmCommand].
final class VmmCommandReader {
    private static final String NUMBER = "([1-9][0-9]{0,8})";
    private static final String RATE = " (0|[1-9][0-9]{0,6})";
    private static final String DEVICES = "([a-z,]{1,12})" + RATE + RATE + RATE + RATE;
    private static final Pattern CONFIGURE = Pattern.compile(
            NUMBER + " " + NUMBER + " tn([0-9]{1,4})i([0-9]{1,3}) [0-9a-f:]{17} " + DEVICES + "\\n([^\\n]*)");
    private static final Pattern GO_ON = Pattern.compile(DEVICES);

    private static final Pattern BOOT_LINE = Pattern.compile("[ -~]{0,2047}");

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
            case "go_on" -> goOn(arguments.orElse(""));
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
        int vcpus = number(form.group(1));
        int memMib = number(form.group(2));
        if (vcpus < 1
                || vcpus > 32
                || memMib < 1
                || memMib > 1 << 20
                || !BOOT_LINE.matcher(form.group(10)).matches()) {
            throw new IllegalArgumentException("a microVM has 1 to 32 vcpus, 1 to 1048576 MiB and a line to boot with");
        }
        return new VmmCommand.Configure(
                vcpus,
                memMib,
                new Slot(new NetId(number(form.group(3))), number(form.group(4))),
                VmmCommand.Disks.of(form.group(5)),
                rates(form, 6),
                form.group(10));
    }

    private static VmmCommand goOn(String arguments) {
        var form = GO_ON.matcher(arguments);
        if (!form.matches()) {
            throw new IllegalArgumentException("hostd sent malformed limits of a VMM's devices");
        }
        return new VmmCommand.GoOn(VmmCommand.Disks.of(form.group(1)), rates(form, 2));
    }

    private static Rates rates(Matcher form, int first) {
        return new Rates(
                number(form.group(first)),
                number(form.group(first + 1)),
                number(form.group(first + 2)),
                number(form.group(first + 3)));
    }

    private static int number(String digits) {
        return Integer.parseInt(digits);
    }
}
