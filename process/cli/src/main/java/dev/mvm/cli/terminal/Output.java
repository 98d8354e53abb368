package dev.mvm.cli.terminal;

import dev.mvm.json.Json;
import dev.mvm.protocol.trust.authoring.Indented;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;

/// What a command prints on its standard output.
public final class Output {
    private final PrintStream out;
    private final boolean person;

    /// @param person whether a person looks at `out`
    public Output(PrintStream out, boolean person) {
        this.out = out;
        this.person = person;
    }

    /// Standard output. The script that starts the JVM says whether it is a terminal: asking Java's console for
    /// that costs a good part of the time that a whole command takes.
    public static Output standard() {
        return new Output(System.out, Boolean.getBoolean("mvm.stdout.terminal"));
    }

    public void table(Table table) {
        out.print(table.text(person));
    }

    public void line(String line) {
        out.println(line);
    }

    /// Pure JSON, one document.
    public void json(Json value) {
        out.println(Indented.text(value));
    }

    public void json(List<? extends Json> values) {
        json(Json.array(values));
    }

    /// Names and values, one pair a line, the values aligned. Pairs without a value are left out.
    public void facts(String... namesAndValues) {
        int width = 0;
        for (int i = 0; i < namesAndValues.length; i += 2) {
            width = Math.max(width, namesAndValues[i].length());
        }
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (!namesAndValues[i + 1].isEmpty()) {
                out.println(
                        namesAndValues[i] + " ".repeat(width - namesAndValues[i].length() + 2) + namesAndValues[i + 1]);
            }
        }
    }

    /// The same output for whoever wants to write text.
    public PrintWriter writer() {
        return new PrintWriter(out, true, out.charset());
    }

    PrintStream stream() {
        return out;
    }
}
