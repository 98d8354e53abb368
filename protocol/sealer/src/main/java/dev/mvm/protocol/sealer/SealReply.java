package dev.mvm.protocol.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.regex.Pattern;

/// A sealer's reply.
public sealed interface SealReply {
    /// Most bytes of a packet.
    int MAX_BYTES = 256;

    /// The snapshot is on stable storage, its manifest included. hostd syncs the names in directories.
    ///
    /// @param memoryBytes size of the file `memory`; likewise `vmstate` and `manifest`
    /// @param plainBytes bytes that came from the VMM
    record Sealed(long memoryBytes, long vmstateBytes, long plainBytes, long manifestBytes) implements SealReply {}

    /// The snapshot is the requested one. Nothing has gone to the VMM; the sealer waits for [#go].
    record Authentic() implements SealReply {}

    /// The pages that the guest needs first are in its VMM, and the guest may be resumed. The rest follows.
    record Paged() implements SealReply {}

    /// The whole snapshot has gone to the VMM, and each byte was verified first.
    ///
    /// @param plainBytes bytes that went to the VMM
    record Opened(long plainBytes) implements SealReply {}

    /// There is no snapshot, or not all of it went to the VMM.
    ///
    /// @param code a stable reason, such as `wrong_epoch`
    record Refused(String code) implements SealReply {}

    /// A packet that does not follow the protocol.
    record Malformed() implements SealReply {}

    /// Returns the packet that lets an authentic snapshot go to the VMM, or that reports the VMM's files written.
    static byte[] go() {
        return "go".getBytes(US_ASCII);
    }

    /// Returns the packet that breaks off a job with `way=files` or `way=pages`, before the last reply.
    static byte[] stop() {
        return "stop".getBytes(US_ASCII);
    }

    static SealReply parse(byte[] packet) {
        var match = Forms.ANY.matcher(new String(packet, US_ASCII));
        if (!match.matches()) {
            return new Malformed();
        } else if (match.group(1) != null) {
            return new Sealed(
                    number(match.group(1)), number(match.group(2)), number(match.group(3)), number(match.group(4)));
        } else if (match.group(5) != null) {
            return new Opened(number(match.group(5)));
        }
        var other = match.group().equals("paged") ? new Paged() : new Authentic();
        return match.group(6) == null ? other : new Refused(match.group(6));
    }

    private static long number(String digits) {
        return Long.parseLong(digits);
    }

    /// The forms of replies.
    final class Forms {
        private static final String NUMBER = "(0|[1-9][0-9]{0,17})";
        private static final Pattern ANY = Pattern.compile(
                "sealed memory_bytes=N vmstate_bytes=N plain_bytes=N manifest_bytes=N|opened plain_bytes=N"
                                .replace("N", NUMBER)
                        + "|refused code=([a-z_]{1,40})|authentic|paged");

        private Forms() {}
    }
}
