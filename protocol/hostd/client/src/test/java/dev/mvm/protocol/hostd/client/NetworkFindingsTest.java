package dev.mvm.protocol.hostd.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.Observation.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworkFindingsTest {
    private static List<Finding> read(String text) throws MalformedFrameException {
        return NetworkFindings.of(new HostReply.Found(Bytes.of(text.getBytes(ISO_8859_1))));
    }

    @Test
    void lines_areRead_andNoneIsFine() throws Exception {
        assertThat(read("")).isEmpty();
        assertThat(read("\ngood rules\tall\nwrong br-tenant-7\tmissing, must be there\ngood strays\t"))
                .containsExactly(
                        new Finding("rules", true, "all"),
                        new Finding("br-tenant-7", false, "missing, must be there"),
                        new Finding("strays", true, ""));
        assertThat(read("\ngood rules\tall".repeat(NetworkFindings.MOST))).hasSize(NetworkFindings.MOST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                "good rules\tall",
                "\ngood rules\tall\n",
                "\nfine rules\tall",
                "\ngood \tall",
                "\ngood rules all",
                "\ngood rules\tall\tof them",
                "\ngood rules\ta\u00e4",
                "\ngood rules\ta\r"
            })
    void anythingElse_isMalformed(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void tooMuch_isMalformed() {
        for (var text : new String[] {
            "\ngood rules\tall".repeat(NetworkFindings.MOST + 1),
            "\ngood " + "x".repeat(101) + "\tall",
            "\ngood rules\t" + "x".repeat(401)
        }) {
            assertThatThrownBy(() -> read(text)).isInstanceOf(MalformedFrameException.class);
        }
    }

    @FuzzTest(maxDuration = "10s")
    void anyBytes_areReadOrMalformed(byte[] text) {
        try {
            assertThat(NetworkFindings.of(new HostReply.Found(Bytes.of(text)))).hasSizeLessThanOrEqualTo(2_000);
        } catch (MalformedFrameException e) {
            assertThat(e).hasMessageContaining("find");
        }
    }
}
