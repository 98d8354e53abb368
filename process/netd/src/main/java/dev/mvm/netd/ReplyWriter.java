package dev.mvm.netd;

import dev.mvm.model.Slot;
import dev.mvm.protocol.netd.NetdReply;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Writes the text of replies.
final class ReplyWriter {
    private static final int LONGEST = 400;

    private ReplyWriter() {}

    static String text(NetdReply reply) {
        return switch (reply) {
            case NetdReply.Done _ -> "done";
            case NetdReply.Absent _ -> "absent";
            case NetdReply.Failed(int errno, String detail) -> "failed " + errno + " " + printable(detail);
            case NetdReply.Found(var lines) -> "found" + lines;
            case NetdReply.Counted(var up, var traffic, var asked) ->
                Stream.of(
                                Stream.of("counted"),
                                up.stream().map(net -> "up " + net),
                                lines("traffic ", traffic),
                                lines("asked ", asked))
                        .flatMap(lines -> lines)
                        .collect(Collectors.joining("\n"));
        };
    }

    private static Stream<String> lines(String word, Map<Slot, Long> counts) {
        return counts.entrySet().stream().map(count -> word + count.getKey() + " " + count.getValue());
    }

    private static String printable(String text) {
        var line = text.replaceAll("[^ -~]", "?");
        return line.substring(0, Math.min(line.length(), LONGEST));
    }
}
