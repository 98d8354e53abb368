package dev.mvm.protocol.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/// hostd's packets. Lines have numbers of hostd's, each used once in a connection, and so have calls.
public final class GuestdRequests {
    /// What an `exec` tells a guest, at most.
    public static final int MAX_EXEC = 32_768;

    /// What may have been read of a connection before it goes with an `exec`, at most.
    public static final int MAX_AHEAD = 4_096;

    private static final int LONGEST_TEXT = 128;

    /// Most bytes of a packet.
    public static final int MAX_BYTES = LONGEST_TEXT + MAX_EXEC + MAX_AHEAD;

    private GuestdRequests() {}

    /// A guest has called. Its connection goes with the packet.
    public static byte[] open(long line, InstanceId instance, SessionTransport link) {
        return packet("open " + line + " " + instance + " " + link.word());
    }

    /// Asks a guest something.
    ///
    /// @param limit how long it may take, in whole milliseconds
    public static byte[] call(GuestCall call, long line, long token, Duration limit) {
        return packet(call.word() + " " + line + " " + token + " " + limit.toMillis());
    }

    /// Tells a guest to power off, for which there is no answer.
    public static byte[] powerOff(long line) {
        return packet("poweroff " + line);
    }

    /// Runs a program. The connection of whoever it is for goes with the packet.
    ///
    /// @param exec what the guest is told of it, unread, at most [#MAX_EXEC] bytes
    /// @param ahead what was read of the connection already, at most [#MAX_AHEAD] bytes
    public static byte[] exec(long line, Bytes exec, Bytes ahead) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(packet("exec " + line + " " + exec.length() + "\n"));
        out.writeBytes(exec.array());
        out.writeBytes(ahead.array());
        return out.toByteArray();
    }

    /// Tells a VMM something. A connection to its API goes with the packet.
    ///
    /// @param limit how long it may take, in whole milliseconds
    /// @param version the Firecracker's that has to be there
    /// @param arguments of [VmmCall#CONFIGURE], at most [#MAX_EXEC] characters of ASCII; empty for the others
    public static byte[] vmm(VmmCall word, long token, Duration limit, String version, String arguments) {
        return packet("vmm " + token + " " + limit.toMillis() + " " + word.word() + " " + version
                + (arguments.isEmpty() ? "" : "\n" + arguments));
    }

    private static byte[] packet(String text) {
        return text.getBytes(US_ASCII);
    }
}
