package dev.mvm.agentd.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HostdKeysTest {
    private static final Bytes ENVELOPE = Bytes.of(new byte[] {1, 2, 3});
    private static final Bytes TOO_LARGE = Bytes.of(new byte[HostOperation.MAX_ENVELOPE + 1]);

    private final List<HostOperation> asked = new ArrayList<>();
    private Optional<HostReply> reply = Optional.empty();

    private final HostdKeys keys = new HostdKeys(new Hostd() {
        @Override
        public HostReply call(HostOperation operation) throws IOException {
            asked.add(operation);
            return reply.orElseThrow(() -> new IOException("hostd is away"));
        }

        @Override
        public Logs logs(InstanceId instance, boolean follow) {
            throw new AssertionError("no logs are asked for");
        }

        @Override
        public Exec exec(InstanceId instance, ExecRequest request) {
            throw new AssertionError("no program");
        }

        @Override
        public Hostd under(Digest plan) {
            return this;
        }
    });

    @Test
    void challenge_isHostdsToAnswer() {
        reply = Optional.of(new HostReply.Stated(ENVELOPE));
        assertThat(keys.answer(ENVELOPE)).isEqualTo(new KeyHolder.Answer.Stated(ENVELOPE));
        assertThat(asked).containsExactly(new HostOperation.AnswerChallenge(ENVELOPE));
        reply = Optional.of(new HostReply.Refused(new Label("no_key_service")));
        assertThat(keys.answer(ENVELOPE)).isEqualTo(new KeyHolder.Answer.Refused("hostd_no_key_service"));
        reply = Optional.of(new HostReply.Done());
        assertThat(keys.answer(ENVELOPE)).isEqualTo(new KeyHolder.Answer.Refused("hostd_unexpected_answer"));
        reply = Optional.empty();
        assertThat(keys.answer(ENVELOPE)).isEqualTo(new KeyHolder.Answer.Refused("hostd_unreachable"));
    }

    @Test
    void blob_isHostdsToTake() {
        reply = Optional.of(new HostReply.Done());
        assertThat(keys.install(ENVELOPE)).isEmpty();
        assertThat(asked).containsExactly(new HostOperation.InstallBlob(ENVELOPE));
        reply = Optional.of(new HostReply.Refused(new Label("key_not_vouched")));
        assertThat(keys.install(ENVELOPE)).contains("hostd_key_not_vouched");
        reply = Optional.empty();
        assertThat(keys.install(ENVELOPE)).contains("hostd_unreachable");
    }

    @Test
    void moreThanHostdTakes_isNotSent() {
        assertThat(keys.answer(TOO_LARGE)).isEqualTo(new KeyHolder.Answer.Refused("hostd_too_large"));
        assertThat(keys.install(TOO_LARGE)).contains("hostd_too_large");
        assertThat(asked).isEmpty();
    }
}
