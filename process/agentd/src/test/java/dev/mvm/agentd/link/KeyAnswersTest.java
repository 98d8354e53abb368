package dev.mvm.agentd.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.keys.Attestor;
import dev.mvm.agentd.keys.KeyAccess;
import dev.mvm.agentd.keys.KeyHolder;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The agent between a coordinator that may be taken over and a hostd that believes signatures only.
final class KeyAnswersTest {
    private final List<String> log = new ArrayList<>();
    private final List<Bytes> blobs = new ArrayList<>();
    private KeyHolder.Answer answer = new KeyHolder.Answer.Stated(text("statement"));
    private Optional<String> refused = Optional.empty();
    private Bytes evidence = text("evidence");
    private boolean tpmFails;

    private final KeyHolder holder = new KeyHolder() {
        @Override
        public Answer answer(Bytes challenge) {
            assertThat(challenge).isEqualTo(text("challenge"));
            return answer;
        }

        @Override
        public Optional<String> install(Bytes blob) {
            blobs.add(blob);
            return refused;
        }
    };
    private final Attestor attestor = new Attestor() {
        @Override
        public Bytes identity() {
            return text("identity");
        }

        @Override
        public Bytes evidence(Bytes challenge, Bytes statement) throws IOException {
            if (tpmFails) {
                throw new IOException("the TPM fails at quote, code 0x922");
            }
            assertThat(statement).isEqualTo(text("statement"));
            return evidence;
        }
    };
    private final KeyAnswers answers =
            new KeyAnswers(new KeyAccess(holder, attestor, () -> true), new Tally(), log::add);

    private static Bytes text(String text) {
        return Bytes.of(text.getBytes(UTF_8));
    }

    private NodeMessage.KeyStatement challenged() {
        return answers.to(CoordinatorMessage.KeyChallenge.newBuilder()
                        .setRequest(7)
                        .setEnvelope(ByteString.copyFromUtf8("challenge"))
                        .build())
                .getKeyStatement();
    }

    private NodeMessage.KeyBlobAnswer given() {
        return answers.to(CoordinatorMessage.KeyBlob.newBuilder()
                        .setRequest(8)
                        .setEnvelope(ByteString.copyFromUtf8("blob"))
                        .build())
                .getKeyBlobAnswer();
    }

    @Test
    void statement_goesWithItsEvidence_underTheNumberOfTheChallenge() {
        var said = challenged();
        assertThat(said.getRequest()).isEqualTo(7);
        assertThat(said.getStatement().toStringUtf8()).isEqualTo("statement");
        assertThat(said.getEvidence().toStringUtf8()).isEqualTo("evidence");
        assertThat(said.getReason()).isEmpty();
        assertThat(log).isEmpty();
    }

    @Test
    void challengeThatHostdRefuses_hasItsReason() {
        answer = new KeyHolder.Answer.Refused("key_not_vouched");
        var said = challenged();
        assertThat(said.getRequest()).isEqualTo(7);
        assertThat(said.getReason()).isEqualTo("key_not_vouched");
        assertThat(said.getStatement().isEmpty()).isTrue();
        assertThat(log).singleElement().asString().contains("key_not_vouched");
    }

    @Test
    void evidenceThatFails_leavesTheStatementOut() {
        tpmFails = true;
        assertThat(challenged().getReason()).isEqualTo("no_evidence");
        assertThat(challenged().getStatement().isEmpty()).isTrue();
        assertThat(log.getFirst()).contains("0x922");
    }

    @Test
    void moreThanTheCoordinatorTakes_isNotSent() {
        evidence = Bytes.of(new byte[1_000_000]);
        assertThat(challenged().getReason()).isEqualTo("statement_too_large");
        assertThat(challenged().getEvidence().isEmpty()).isTrue();
    }

    @Test
    void blob_isInstalled_orHasHostdsReason() {
        assertThat(given().getTaken()).isTrue();
        assertThat(given().getRequest()).isEqualTo(8);
        assertThat(blobs).containsOnly(text("blob"));
        refused = Optional.of("key_not_vouched");
        assertThat(given().getTaken()).isFalse();
        assertThat(given().getReason()).isEqualTo("key_not_vouched");
        assertThat(given().getRequest()).isEqualTo(8);
    }

    @Test
    void nodeWithoutAKeyService_isNoneThatTakesBlobs() {
        assertThat(new KeyAccess(holder, attestor, () -> true).attestation()).contains(text("identity"));
        assertThat(new KeyAccess(holder, attestor, () -> false).attestation()).isEmpty();
    }
}
