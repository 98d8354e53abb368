package dev.mvm.protocol.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/// Writes hostd's packets. hostd numbers sessions and calls, and uses a number once in a connection.
public final class GuestdRequests {
    /// Most bytes of an `exec` for a guest.
    public static final int MAX_EXEC = 32_768;

    /// Most bytes that hostd may have read of a connection before the connection goes with an `exec`.
    public static final int MAX_AHEAD = 4_096;

    private static final int LONGEST_TEXT = 128;

    /// Most bytes of a packet.
    public static final int MAX_BYTES = LONGEST_TEXT + MAX_EXEC + MAX_AHEAD;

    private GuestdRequests() {}

    /// Begins a session with a guest that has connected. Its connection goes with the packet.
    public static byte[] open(long session, InstanceId instance, SessionTransport transport) {
        return packet("open " + session + " " + instance + " " + transport.word());
    }

    /// Asks a guest something.
    ///
    /// @param limit time for the answer, in whole milliseconds
    public static byte[] call(GuestCall call, long session, long token, Duration limit) {
        return packet(call.word() + " " + session + " " + token + " " + limit.toMillis());
    }

    /// Tells a guest to power off. There is no answer.
    public static byte[] powerOff(long session) {
        return packet("poweroff " + session);
    }

    /// Shows what a VM prints from now on. The reading end of its console goes with the packet.
    public static byte[] console(InstanceId instance) {
        return packet("console " + instance);
    }

    /// Sends an agent what a VM has printed. The agent's connection goes with the packet.
    ///
    /// @param follow whether to go on until the VM has ended
    public static byte[] logs(InstanceId instance, boolean follow) {
        return packet("logs " + instance + (follow ? " follow" : " kept"));
    }

    /// Runs a program in an instance. The agent's connection goes with the packet.
    ///
    /// @param exec description of the program for the guest, unread, at most [#MAX_EXEC] bytes
    /// @param ahead bytes that were read of the connection already, at most [#MAX_AHEAD]
    public static byte[] exec(InstanceId instance, Bytes exec, Bytes ahead) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(packet("exec " + instance + " " + exec.length() + "\n"));
        out.writeBytes(exec.array());
        out.writeBytes(ahead.array());
        return out.toByteArray();
    }

    /// Has a command carried out by a VMM. A connection to its API goes with the packet.
    ///
    /// @param limit time for the whole command, in whole milliseconds
    /// @param version the Firecracker that has to be there
    public static byte[] vmm(VmmCommand command, long token, Duration limit, FirecrackerVersion version) {
        return packet(
                "vmm " + token + " " + limit.toMillis() + " " + command.word() + " " + version + command.arguments());
    }

    private static byte[] packet(String text) {
        return text.getBytes(US_ASCII);
    }
}
