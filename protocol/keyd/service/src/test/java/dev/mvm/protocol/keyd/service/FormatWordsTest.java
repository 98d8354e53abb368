package dev.mvm.protocol.keyd.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import org.junit.jupiter.api.Test;

/// Words and numbers of the formats. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void documents_haveTheTypesOfTheFormat() {
        assertThat(KeyChallenge.TYPE.mediaType()).isEqualTo("application/vnd.mvm.key-challenge.v1+json");
        assertThat(KeyStatement.TYPE.mediaType()).isEqualTo("application/vnd.mvm.key-statement.v1+json");
        assertThat(KeyBlob.TYPE.mediaType()).isEqualTo("application/vnd.mvm.key-blob.v1+json");
        assertThat(KeyStatement.SUITE).isEqualTo("x25519");
    }

    @Test
    void textsOfDerivationAndSealing_areTheFormats() {
        assertThat(new String(KeyBlob.info(), US_ASCII)).isEqualTo("mvm key blob v1");
        assertThat(HomeKey.info(new NodeId("n-1"))).isEqualTo("mvm key home v1\nn-1");
    }

    @Test
    void frames_haveTheNumbersOfTheFormat() {
        assertThat(new int[] {
                    KeydRequests.PUBLISH,
                    KeydRequests.CHALLENGE,
                    KeydRequests.SEAL,
                    KeydRequests.ROTATE,
                    KeydRequests.KEYS,
                    KeydRequests.RELEASES,
                    KeydRequests.STATUS,
                    KeydRequests.REWRAP
                })
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(new int[] {
                    KeydReplies.DONE,
                    KeydReplies.REFUSED,
                    KeydReplies.FAILED,
                    KeydReplies.CHALLENGE,
                    KeydReplies.BLOB,
                    KeydReplies.VERSION,
                    KeydReplies.KEYS,
                    KeydReplies.RELEASES,
                    KeydReplies.STATUS
                })
                .containsExactly(128, 129, 130, 131, 132, 133, 134, 135, 136);
    }
}
