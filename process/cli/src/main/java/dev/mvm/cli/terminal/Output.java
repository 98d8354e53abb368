package dev.mvm.cli.terminal;

import dev.mvm.json.Json;
import dev.mvm.protocol.trust.authoring.Indented;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;

/// Standard output of a command.
public final class Output {
    private final PrintStream out;
    private final boolean person;

    /// @param person whether `out` is a terminal, so that tables get headings
    public Output(PrintStream out, boolean person) {
        this.out = out;
        this.person = person;
    }

    /// Returns the process's standard output. The start script sets `mvm.stdout.terminal` on a terminal, since
    /// asking Java's console takes a large part of the time of a command.
    public static Output standard() {
        return new Output(System.out, Boolean.getBoolean("mvm.stdout.terminal"));
    }

    public void table(Table table) {
        out.print(table.text(person));
    }

    public void line(String line) {
        out.println(line);
    }

    /// Prints one JSON document.
    public void json(Json value) {
        out.println(Indented.text(value));
    }

    public void json(List<? extends Json> values) {
        json(Json.array(values));
    }

    /// Prints names and values, one pair per line, the values aligned. Pairs with an empty value are skipped.
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

    /// Returns a writer to the same output.
    public PrintWriter writer() {
        return new PrintWriter(out, true, out.charset());
    }

    PrintStream stream() {
        return out;
    }
}
