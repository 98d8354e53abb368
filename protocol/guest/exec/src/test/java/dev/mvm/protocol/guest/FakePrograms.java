package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.protocol.guest.exec.ExecSignal;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/// The programs of every [FakeGuest]. They behave like those of the same name on Linux.
final class FakePrograms {
    static final Map<String, FakeProgram> ALL = Map.of(
            "true", process -> 0,
            "false", process -> 1,
            "echo", FakePrograms::echo,
            "cat", FakePrograms::cat,
            "sleep", FakePrograms::sleep,
            "yes", FakePrograms::yes,
            "sh", FakePrograms::sh);

    private FakePrograms() {}

    private static int echo(FakeProcess process) throws IOException {
        var words = process.arguments().subList(1, process.arguments().size());
        process.out().write((String.join(" ", words) + "\n").getBytes(UTF_8));
        return 0;
    }

    private static int cat(FakeProcess process) throws IOException {
        process.in().transferTo(process.out());
        return 0;
    }

    /// Sleeps until it is killed, whatever time it is given.
    private static int sleep(FakeProcess process) throws InterruptedException {
        process.awaitSignal();
        return 0;
    }

    private static int yes(FakeProcess process) throws IOException {
        var lines = "y\n".repeat(4096).getBytes(UTF_8);
        while (true) {
            process.out().write(lines);
        }
    }

    /// A shell that knows `echo WORDS [>&2]`, `cat`, `read NAME`, `pwd`, `stty size`, `sleep N`, `kill -N $$`,
    /// `exit N` and `$NAME`.
    private static int sh(FakeProcess process) throws IOException, InterruptedException {
        for (var command : process.arguments().get(2).split("; *", -1)) {
            var words = command.split(" ", -1);
            switch (words[0]) {
                case "echo" -> echo(process, command);
                case "cat" -> cat(process);
                case "read" -> readLine(process);
                case "pwd" -> say(process, process.out(), process.directory());
                case "stty" -> {
                    var size = process.terminal().orElseThrow();
                    say(process, process.out(), size.rows() + " " + size.columns());
                }
                case "sleep" -> process.awaitSignal();
                case "kill" -> {
                    process.signal(ExecSignal.of(-Integer.parseInt(words[1])).orElseThrow());
                    process.awaitSignal();
                }
                case "exit" -> {
                    return Integer.parseInt(words[1]);
                }
                default -> {
                    return 127;
                }
            }
        }
        return 0;
    }

    private static void echo(FakeProcess process, String command) throws IOException {
        boolean toStderr = command.endsWith(" >&2");
        var text = new StringBuilder();
        for (var word :
                command.substring(5, command.length() - (toStderr ? 4 : 0)).split(" ", -1)) {
            text.append(text.isEmpty() ? "" : " ");
            text.append(word.startsWith("$") ? process.variable(word.substring(1)) : word);
        }
        if (toStderr) {
            say(process, process.err(), text.toString());
        } else {
            say(process, process.out(), text.toString());
        }
    }

    private static void readLine(FakeProcess process) throws IOException {
        int read = process.in().read();
        while (read >= 0 && read != '\n') {
            read = process.in().read();
        }
    }

    private static void say(FakeProcess process, OutputStream out, String line) throws IOException {
        out.write((line + (process.terminal().isPresent() ? "\r\n" : "\n")).getBytes(UTF_8));
    }
}
