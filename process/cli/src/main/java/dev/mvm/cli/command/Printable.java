package dev.mvm.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;

/// Texts of an image's maker, made fit for a terminal.
final class Printable {
    private static final int LONGEST = 2000;

    private Printable() {}

    /// The text without control characters, which could move the cursor or hide what stands before.
    static String text(String foreign) {
        var cut = foreign.length() > LONGEST ? foreign.substring(0, LONGEST) + "..." : foreign;
        return cut.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?");
    }

    static String json(Json value) {
        return switch (value) {
            case Json.Str(var text) -> text;
            case Json.Arr(var items) when items.isEmpty() -> "";
            default -> new String(value.bytes(), UTF_8);
        };
    }
}
