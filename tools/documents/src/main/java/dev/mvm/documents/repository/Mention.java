package dev.mvm.documents.repository;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A name in a document: code between backticks, a line of a block of code, or the target of a link.
///
/// @param line in the document, from 1
public record Mention(Kind kind, String text, int line) {
    /// The form in which a document names something.
    public enum Kind {
        SPAN,
        BLOCK_LINE,
        LINK
    }

    private static final Pattern FENCE = Pattern.compile("\\s*```.*");
    private static final Pattern SPAN_TEXT = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK_TARGET = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    /// Returns all mentions of a document, in order. A block of code is between fences or indented by four.
    public static List<Mention> of(String markdown) {
        var out = new ArrayList<Mention>();
        boolean fenced = false;
        int number = 0;
        for (var line : markdown.split("\n", -1)) {
            number++;
            if (FENCE.matcher(line).matches()) {
                fenced = !fenced;
            } else if (fenced || line.startsWith("    ")) {
                out.add(new Mention(Kind.BLOCK_LINE, line.strip(), number));
            } else {
                collect(out, Kind.SPAN, SPAN_TEXT, line, number);
                collect(out, Kind.LINK, LINK_TARGET, line, number);
            }
        }
        return out;
    }

    private static void collect(List<Mention> out, Kind kind, Pattern pattern, String line, int number) {
        var matcher = pattern.matcher(line);
        while (matcher.find()) {
            out.add(new Mention(kind, matcher.group(1), number));
        }
    }
}
