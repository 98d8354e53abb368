package dev.mvm.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/// Rows with aligned columns. The heading is printed on a terminal only, so that scripts get rows alone.
public final class Table {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final List<String> heading;

    public Table(String... heading) {
        this.heading = List.of(heading);
    }

    /// Adds a row of as many cells as the heading has.
    public Table row(String... cells) {
        if (cells.length != heading.size()) {
            throw new IllegalArgumentException(cells.length + " cells, " + heading.size() + " columns");
        }
        rows.add(List.of(cells));
        return this;
    }

    /// Returns the table as lines, each with its end.
    ///
    /// @param headed whether the first line is the heading
    public String text(boolean headed) {
        var all = new ArrayList<List<String>>();
        if (headed && !rows.isEmpty()) {
            all.add(heading);
        }
        all.addAll(rows);
        var widths = new int[heading.size()];
        for (var row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        var out = new StringBuilder();
        for (var row : all) {
            var line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i))
                        .repeat(" ", widths[i] - row.get(i).length())
                        .append(GAP);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
