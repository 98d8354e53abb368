package dev.mvm.protocol.launch;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.regex.Pattern;

/// The launcher's reply.
public sealed interface LaunchReply {
    /// Most bytes of a packet.
    int MAX_BYTES = 1024;

    /// Number of descriptors that come with [Ready].
    int DESCRIPTORS = 4;

    /// The VM's process exists and waits for `go`. With the reply come, in this order, a pidfd, the VM's directory, and
    /// `/dev/net/tun` and an rtnetlink socket of the VM's network namespace.
    ///
    /// @param pid in the receiver's namespace
    /// @param cgroup relative to the cgroup mount, or `-` without one
    record Ready(int pid, String cgroup) implements LaunchReply {}

    /// The process, and all that was in its cgroup, has been killed.
    record Ended() implements LaunchReply {}

    /// The launch has failed.
    ///
    /// @param errno 0 if none applies
    record Refused(String code, int errno) implements LaunchReply {}

    /// A packet that does not follow the protocol.
    record Malformed() implements LaunchReply {}

    /// Returns the packet that lets a VM go.
    static byte[] go() {
        return "go".getBytes(US_ASCII);
    }

    static LaunchReply parse(byte[] packet) {
        var text = new String(packet, US_ASCII);
        var ready = Forms.READY.matcher(text);
        if (ready.matches()) {
            return new Ready(Integer.parseInt(ready.group(1)), ready.group(2));
        }
        if (text.equals("ended")) {
            return new Ended();
        }
        var refused = Forms.ERROR.matcher(text);
        if (refused.matches()) {
            return new Refused(refused.group(1), Integer.parseInt(refused.group(2)));
        }
        return new Malformed();
    }

    /// The forms of replies.
    final class Forms {
        /// One segment of a path, neither `.` nor `..`.
        private static final String SEGMENT = "(?!\\.{1,2}[/ ])[!-.0-~]+";

        private static final Pattern READY = Pattern.compile(
                "ready pid=([1-9][0-9]{0,8}) cgroup=(" + SEGMENT + "(?:/" + SEGMENT + ")*) fds=pidfd,io,tun,route");
        private static final Pattern ERROR = Pattern.compile("error (peer|request|descriptor|cgroup|jail|identity|exec)"
                + " (0|[1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-5])");

        private Forms() {}
    }
}
