package dev.mvm.protocol.hostd.client;

import dev.mvm.protocol.hostd.HostReply;

/// The reason for which hostd has not done an operation, as one word.
public final class ReplyCode {
    private ReplyCode() {}

    /// Returns the stable code of a reply's reason; `unexpected_answer` if the operation was done.
    public static String of(HostReply reply) {
        return switch (reply) {
            case HostReply.Refused(var reason) -> reason.value();
            case HostReply.Failed(var call, var errno) -> "failed_" + call + (errno == 0 ? "" : "_" + errno);
            case HostReply.Done _, HostReply.Observed _, HostReply.Found _, HostReply.Stated _, HostReply.Ended _ ->
                "unexpected_answer";
        };
    }
}
