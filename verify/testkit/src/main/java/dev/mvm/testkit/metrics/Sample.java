package dev.mvm.testkit.metrics;

import java.util.LinkedHashMap;
import java.util.Map;

/// One line with a value: `name{label="value",...} value [timestamp]`, read from left to right.
///
/// @param labels in their order, escapes undone
record Sample(String name, Map<String, String> labels, double value) {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    private static final String DIGITS = "0123456789";

    static Sample parse(String line) {
        return new Reader(line).sample();
    }

    /// The labels as they stand in a line.
    String key() {
        if (labels.isEmpty()) {
            return name;
        }
        var out = new StringBuilder(name).append('{');
        labels.forEach((label, text) -> {
            out.append(out.charAt(out.length() - 1) == '{' ? "" : ",");
            var escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\"");
            out.append(label).append("=\"").append(escaped).append('"');
        });
        return out.append('}').toString();
    }

    /// The key without the label `le`, and without the suffix of the name.
    String series(String family) {
        var others = new LinkedHashMap<>(labels);
        others.remove("le");
        return new Sample(family, others, value).key();
    }

    private static final class Reader {
        private final String line;
        private int at;

        Reader(String line) {
            this.line = line;
        }

        Sample sample() {
            var name = name(LETTERS + ":");
            var labels = new LinkedHashMap<String, String>();
            if (peek() == '{') {
                at++;
                while (peek() != '}') {
                    label(labels);
                }
                at++;
            }
            expect(' ');
            var rest = line.substring(at).split(" ", -1);
            if (rest.length > 2 || (rest.length == 2 && !rest[1].matches("-?[0-9]{1,18}"))) {
                throw wrong("what follows the value is no timestamp");
            }
            return new Sample(name, labels, number(rest[0]));
        }

        private void label(Map<String, String> labels) {
            var label = name(LETTERS);
            expect('=');
            expect('"');
            var text = new StringBuilder();
            while (peek() != '"') {
                char next = line.charAt(at++);
                text.append(next == '\\' ? escaped() : next);
            }
            at++;
            if (labels.put(label, text.toString()) != null) {
                throw wrong("a label twice");
            }
            if (peek() == ',') {
                at++;
            } else if (peek() != '}') {
                throw wrong("labels are separated by commas");
            }
        }

        private char escaped() {
            char next = peek();
            at++;
            return switch (next) {
                case '\\', '"' -> next;
                case 'n' -> '\n';
                default -> throw wrong("an escape that there is not");
            };
        }

        private String name(String first) {
            int begin = at;
            while (at < line.length()
                    && (first.indexOf(line.charAt(at)) >= 0 || (at > begin && DIGITS.indexOf(line.charAt(at)) >= 0))) {
                at++;
            }
            if (begin == at) {
                throw wrong("a name is missing");
            }
            return line.substring(begin, at);
        }

        private double number(String text) {
            return switch (text) {
                case "NaN" -> Double.NaN;
                case "+Inf" -> Double.POSITIVE_INFINITY;
                case "-Inf" -> Double.NEGATIVE_INFINITY;
                default -> {
                    if (!text.matches("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
                        throw wrong("the value is no number");
                    }
                    yield Double.parseDouble(text);
                }
            };
        }

        private char peek() {
            if (at >= line.length()) {
                throw wrong("the line ends too early");
            }
            return line.charAt(at);
        }

        private void expect(char wanted) {
            if (peek() != wanted) {
                throw wrong("want '" + wanted + "'");
            }
            at++;
        }

        private AssertionError wrong(String what) {
            return new AssertionError("not in the format, character " + (at + 1) + ": " + what + ": " + line);
        }
    }
}
