package dev.mvm.protocol.netd;

import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A reply of netd.
public sealed interface NetdReply {
    /// The request was carried out.
    record Done() implements NetdReply {}

    /// There is no such tap.
    record Absent() implements NetdReply {}

    /// The request failed. [NetdRequest.Disconnect] undoes what was begun for a VM.
    ///
    /// @param errno 0 if absent
    /// @param detail one line of printable ASCII
    record Failed(int errno, String detail) implements NetdReply {}

    /// One line for each thing that netd has looked at, for who reads them; `docs/protocol/netd.md`.
    ///
    /// @param lines at most 1,048,576 characters; each line begins with a line end
    record Found(String lines) implements NetdReply {
        public Found {
            if (lines.length() > 1 << 20) {
                throw new IllegalArgumentException("findings without an end");
            }
        }
    }

    /// Counts of netd.
    ///
    /// @param up networks that are as netd was told
    /// @param traffic bytes that each tap has carried, both ways
    /// @param asked requests for each slot's address on its network since netd has been running; without zeros
    record Counted(Set<NetId> up, Map<Slot, Long> traffic, Map<Slot, Long> asked) implements NetdReply {}

    /// Reads the text of a reply.
    ///
    /// @throws IllegalArgumentException if that is no reply
    static NetdReply parse(String text) {
        var lines = text.split("\n", -1);
        return switch (lines[0]) {
            case "found" -> new Found(text.substring("found".length()));
            case "counted" -> Forms.counted(lines);
            default -> Forms.other(text);
        };
    }

    /// The forms of replies.
    final class Forms {
        private static final Pattern FAILED = Pattern.compile("failed (0|[1-9][0-9]{0,3}) ([ -~]{0,400})");
        private static final Pattern COUNT =
                Pattern.compile("(up|traffic|asked) ([0-9]{1,4})(?:\\.([0-9]{1,3}) (0|[1-9][0-9]{0,17}))?");

        private Forms() {}

        private static Matcher of(Matcher matcher) {
            if (!matcher.matches()) {
                throw new IllegalArgumentException("not a reply of netd");
            }
            return matcher;
        }

        private static NetdReply other(String text) {
            if (text.equals("done") || text.equals("absent")) {
                return text.equals("done") ? new Done() : new Absent();
            }
            var failed = of(FAILED.matcher(text));
            return new Failed(Integer.parseInt(failed.group(1)), failed.group(2));
        }

        private static Counted counted(String[] lines) {
            var up = new HashSet<NetId>();
            var traffic = new HashMap<Slot, Long>();
            var asked = new HashMap<Slot, Long>();
            for (int i = 1; i < lines.length; i++) {
                var line = of(COUNT.matcher(lines[i]));
                var net = new NetId(Integer.parseInt(line.group(2)));
                if (line.group(1).equals("up") != (line.group(3) == null)) {
                    throw new IllegalArgumentException("not a reply of netd");
                } else if (line.group(3) == null) {
                    up.add(net);
                } else {
                    var slot = new Slot(net, Integer.parseInt(line.group(3)));
                    (line.group(1).equals("asked") ? asked : traffic).put(slot, Long.parseLong(line.group(4)));
                }
            }
            return new Counted(up, traffic, asked);
        }
    }
}
