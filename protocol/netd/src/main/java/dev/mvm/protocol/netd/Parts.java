package dev.mvm.protocol.netd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// A text in packets, which have a size: `NUMBER more` or `NUMBER last`, a space, and a part of the text. Packets of
/// several texts may come in turn. Not thread-safe.
public final class Parts {
    /// Most bytes of a packet.
    public static final int PACKET_BYTES = 1 << 16;

    /// Most bytes of a text.
    public static final int TEXT_BYTES = 1 << 23;

    /// Most texts that have begun.
    private static final int TEXTS = 64;

    private static final int PART_BYTES = PACKET_BYTES - 32;
    private static final Pattern FORM = Pattern.compile("(?s)(0|[1-9][0-9]{0,17}) (more|last) (.*)");

    private final Map<Long, StringBuilder> begun = new HashMap<>();

    public Parts() {}

    /// A whole text.
    public record Numbered(long number, String text) {}

    /// Returns the packets of a text of printable ASCII and line ends.
    ///
    /// @param number 0 or more
    /// @throws IllegalArgumentException if it is too long
    public static List<byte[]> of(long number, String text) {
        if (text.length() > TEXT_BYTES) {
            throw new IllegalArgumentException("a text of " + text.length() + " bytes");
        }
        var out = new ArrayList<byte[]>();
        int from = 0;
        do {
            int to = Math.min(from + PART_BYTES, text.length());
            var word = to < text.length() ? " more " : " last ";
            out.add((number + word + text.substring(from, to)).getBytes(US_ASCII));
            from = to;
        } while (from < text.length());
        return out;
    }

    /// Takes the next packet.
    ///
    /// @return the text that it completes
    /// @throws IllegalArgumentException if it has not this form, or all that has begun is too long
    public Optional<Numbered> add(byte[] packet) {
        var form = FORM.matcher(new String(packet, US_ASCII));
        if (!form.matches()) {
            throw new IllegalArgumentException("not a part of a text");
        }
        long number = Long.parseLong(form.group(1));
        var text = begun.computeIfAbsent(number, _ -> new StringBuilder()).append(form.group(3));
        long together = begun.values().stream().mapToLong(StringBuilder::length).sum();
        if (begun.size() > TEXTS || together > TEXT_BYTES) {
            throw new IllegalArgumentException("texts without an end");
        }
        if (form.group(2).equals("more")) {
            return Optional.empty();
        }
        begun.remove(number);
        return Optional.of(new Numbered(number, text.toString()));
    }
}
