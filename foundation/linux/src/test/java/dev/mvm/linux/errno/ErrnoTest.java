package dev.mvm.linux.errno;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ErrnoTest {
    @Test
    void numbersWithoutName_areNumbers() {
        assertThat(Errno.name(1)).isEqualTo("EPERM");
        assertThat(Errno.name(0)).isEqualTo("errno 0");
        assertThat(Errno.name(41)).isEqualTo("errno 41");
        assertThat(Errno.name(-5)).isEqualTo("errno -5");
        assertThat(Errno.name(100_000)).isEqualTo("errno 100000");
    }

    @Test
    void message_isOneLineWhateverTheDetail() {
        assertThat(new ErrnoException("openat2", Errno.ENOENT)).hasMessage("openat2: ENOENT");
        assertThat(new ErrnoException("x", Errno.EPERM, "a\u001b[31m\u00e9\nforged line"))
                .hasMessage("x: EPERM (a?[31m?)");
        assertThat(new ErrnoException("x", Errno.EPERM, "y".repeat(1000)).getMessage())
                .hasSize(211);
        assertThat(new LibraryException("nft", "first\nsecond")).hasMessage("nft: first");
        assertThat(new LibraryException("nft", "")).hasMessage("nft: ");
    }
}
