package dev.mvm.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Something that a document names: code between backticks, a line of a block of code, or the target of a link.
///
/// @param line in the document, from 1
record Mention(Kind kind, String text, int line) {
    enum Kind {
        SPAN,
        BLOCK_LINE,
        LINK
    }

    private static final Pattern FENCE = Pattern.compile("\\s*```.*");
    private static final Pattern SPAN_TEXT = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK_TARGET = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    /// All mentions of a document, in order. Blocks of code are between fences or indented by four.
    static List<Mention> of(String markdown) {
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
