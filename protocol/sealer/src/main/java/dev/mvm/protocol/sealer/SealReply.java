package dev.mvm.protocol.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.regex.Pattern;

/// What a sealer says.
public sealed interface SealReply {
    /// Longest packet.
    int MAX_BYTES = 256;

    /// The snapshot is on stable storage, its manifest included. Names in directories are hostd's to sync.
    ///
    /// @param memoryBytes of the file `memory`; likewise `vmstate` and `manifest`
    /// @param plainBytes what came from the VMM
    record Sealed(long memoryBytes, long vmstateBytes, long plainBytes, long manifestBytes) implements SealReply {}

    /// The snapshot is the one that was asked for. Nothing has gone to the VMM; the sealer waits for [#go].
    record Authentic() implements SealReply {}

    /// What the guest wants first is in its VMM, and the guest may be resumed. The rest follows.
    record Paged() implements SealReply {}

    /// All of it has gone to the VMM, and each byte was verified first.
    ///
    /// @param plainBytes what went there
    record Opened(long plainBytes) implements SealReply {}

    /// There is no snapshot, or not all of it went to the VMM.
    ///
    /// @param code a stable reason, such as `wrong_epoch`
    record Refused(String code) implements SealReply {}

    /// Something else than the protocol has.
    record Malformed() implements SealReply {}

    /// The packet that lets an authentic snapshot go to the VMM; or that tells that the VMM has written its files.
    static byte[] go() {
        return "go".getBytes(US_ASCII);
    }

    /// The packet that breaks off a job with `way=files` or `way=pages`, before the last word.
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

    /// What replies look like.
    final class Forms {
        private static final String NUMBER = "(0|[1-9][0-9]{0,17})";
        private static final Pattern ANY = Pattern.compile(
                "sealed memory_bytes=N vmstate_bytes=N plain_bytes=N manifest_bytes=N|opened plain_bytes=N"
                                .replace("N", NUMBER)
                        + "|refused code=([a-z_]{1,40})|authentic|paged");

        private Forms() {}
    }
}
