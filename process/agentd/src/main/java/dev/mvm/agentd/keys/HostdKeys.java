package dev.mvm.agentd.keys;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.client.ReplyCode;
import java.io.IOException;
import java.util.Optional;

/// hostd's operations for challenges and blobs.
///
/// @param hostd asked once for each
public record HostdKeys(Hostd hostd) implements KeyHolder {
    /// Prefix of the reasons that are hostd's.
    private static final String HOSTD = "hostd_";

    private static final String TOO_LARGE = HOSTD + "too_large";

    @Override
    public Answer answer(Bytes challenge) {
        if (challenge.length() > HostOperation.MAX_ENVELOPE) {
            return new Answer.Refused(TOO_LARGE);
        }
        try {
            var reply = hostd.call(new HostOperation.AnswerChallenge(challenge));
            return reply instanceof HostReply.Stated(var statement)
                    ? new Answer.Stated(statement)
                    : new Answer.Refused(HOSTD + ReplyCode.of(reply));
        } catch (IOException e) {
            return new Answer.Refused(Hostd.UNREACHABLE);
        }
    }

    @Override
    public Optional<String> install(Bytes blob) {
        if (blob.length() > HostOperation.MAX_ENVELOPE) {
            return Optional.of(TOO_LARGE);
        }
        try {
            var reply = hostd.call(new HostOperation.InstallBlob(blob));
            return reply instanceof HostReply.Done ? Optional.empty() : Optional.of(HOSTD + ReplyCode.of(reply));
        } catch (IOException e) {
            return Optional.of(Hostd.UNREACHABLE);
        }
    }
}
