package dev.mvm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FirecrackerVersionTest {
    private static FirecrackerVersion version(String text) {
        return FirecrackerVersion.parse(text);
    }

    @Test
    void version_readsBackAsWritten() {
        for (var text : new String[] {"1.15.1", "1.16.0", "1.17.0-dev", "0.25.2", "9999.9999.9999"}) {
            assertThat(version(text)).hasToString(text);
        }
        assertThat(version("v1.16.1")).isEqualTo(version("1.16.1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.16",
                "1.16.1.1",
                "1.16.x",
                "01.16.1",
                "1.16.-1",
                "1.16.1 ",
                "1.16.1-",
                "1.16.1-d\u00e9v",
                "10000.0.0",
                "1.16.1+x",
                "Firecracker v1.16.1",
                "\u0661.16.1",
                "1.16.1-x\n"
            })
    void whatIsNoVersion_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> version(text)).withMessage("not a Firecracker version");
    }

    @Test
    void releases_areOrderedByNumber() {
        assertThat(Stream.of("0.25.2", "1.9.1", "1.9.9999", "1.16.0", "1.16.1", "2.0.0", "9999.9999.9999")
                        .map(text -> version(text).release()))
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void devBuild_countsAsTheReleaseThatItLeadsTo() {
        assertThat(version("1.17.0-dev").release()).isEqualTo(version("1.17.0").release());
    }
}
