package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.fd.Directory;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UnixAddressTest {
    @Test
    void path_endsInAZeroAndAbstractNameBeginsWithOne() {
        try (var arena = Arena.ofConfined()) {
            assertThat(UnixAddress.parse("/ab").allocate(arena).toArray(JAVA_BYTE))
                    .containsExactly(1, 0, '/', 'a', 'b', 0);
            assertThat(UnixAddress.parse("@ab").allocate(arena).toArray(JAVA_BYTE))
                    .containsExactly(1, 0, 0, 'a', 'b');
        }
    }

    @Test
    void longest_is107Bytes() {
        try (var arena = Arena.ofConfined()) {
            assertThat(UnixAddress.at(Path.of("/" + "x".repeat(106)))
                            .allocate(arena)
                            .byteSize())
                    .isEqualTo(110); // sizeof(struct sockaddr_un)
        }
        assertThatThrownBy(() -> UnixAddress.at(Path.of("/" + "x".repeat(107))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnixAddress.at(Path.of("/" + "\u20ac".repeat(36))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "@", "relative", "vsock:2:1234", "/", "./x"})
    void whatIsNoAddress_isRefused(String text) {
        assertThatThrownBy(() -> UnixAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a/b", "/a", "a\0b"})
    void whatIsNoNameInADirectory_isRefused(String name) throws Exception {
        try (var directory = Directory.open(Path.of("/tmp"))) {
            assertThatThrownBy(() -> UnixAddress.in(directory, name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> UnixAddress.in(directory, "x".repeat(100)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
