package dev.mvm.documents.check;

import java.util.ArrayList;
import java.util.List;

/// A line of a document that a person has written.
///
/// @param number in the document, from 1
record Prose(int number, String text) {
    private static final String GENERATED = "<!-- generated";
    private static final String END = "<!-- end of";

    /// Returns the lines outside of generated parts, in order.
    static List<Prose> of(String markdown) {
        var out = new ArrayList<Prose>();
        boolean generated = false;
        int number = 0;
        for (var line : markdown.split("\n", -1)) {
            number++;
            generated = generated ? !line.startsWith(END) : line.startsWith(GENERATED);
            if (!generated) {
                out.add(new Prose(number, line));
            }
        }
        return out;
    }
}
