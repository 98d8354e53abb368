package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.property.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProcessStatTest {
    private static final String AFTER = " 1 10 10 0 -1 4194304 9 0 0 0 300 4 0 0 20 0 1 0 ";

    @Test
    void anyCommand_isReadWhole() {
        Property.holds(500, draw -> {
            var command = draw.text(0, 15, ") (\nS1\t\u00ff\u0000R");
            int pid = draw.intBetween(1, Integer.MAX_VALUE);
            long start = draw.between(0, Long.MAX_VALUE);
            var text = pid + " (" + command + ") S" + AFTER + start + " 0 0\n";
            assertThat(ProcessStat.parse(text.getBytes(ISO_8859_1))).isEqualTo(new ProcessStat(start, 304));
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1 (sh",
                "1 (sh)",
                "1 (sh) S 1",
                "1 sh S 1 10 10 0 -1 4194304 9 0 0 0 0 0 0 0 20 0 1 0 5 0",
                "1 (sh)S 1 10 10 0 -1 4194304 9 0 0 0 0 0 0 0 20 0 1 0 5 0",
                "1 (sh) S 1 10 10 0 -1 4194304 9 0 0 0 x 0 0 0 20 0 1 0 5 0",
                "1 (sh) S 1 10 10 0 -1 4194304 9 0 0 0 0 0 0 0 20 0 1 0 y 0",
                ") ("
            })
    void anythingElse_isMalformed(String text) {
        assertThatThrownBy(() -> ProcessStat.parse(text.getBytes(ISO_8859_1)))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADMSG));
    }

    @FuzzTest(maxDuration = "10s")
    void anyBytes_areReadOrMalformed(byte[] text) {
        try {
            var _ = ProcessStat.parse(text);
            assertThat(new String(text, ISO_8859_1)).contains(") ");
        } catch (ErrnoException e) {
            assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
        }
    }
}
