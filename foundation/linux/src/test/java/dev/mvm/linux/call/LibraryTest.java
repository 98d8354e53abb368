package dev.mvm.linux.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.seccomp.JvmCalls;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class LibraryTest {
    @Test
    void missingFunction_namesThePackage() {
        assertThatThrownBy(() -> Library.LIBSECCOMP.find("seccomp_no_such_thing"))
                .isInstanceOf(MissingLibraryException.class)
                .hasMessage("libseccomp.so.2:seccomp_no_such_thing is missing: install the package libseccomp2");
    }

    @Test
    void missingLibrary_namesThePackage() throws Exception {
        var library = Path.of("/usr/lib/x86_64-linux-gnu/libseccomp.so.2").toRealPath();
        try (var _ = Covered.by(Path.of("/dev/null"), library)) {
            var child = ChildJvm.run(WithoutSeccomp.class);
            assertThat(child.output()).isEqualTo("libseccomp.so.2 is missing: install the package libseccomp2\n");
        }
    }

    static final class WithoutSeccomp {
        public static void main(String[] args) throws IOException {
            try {
                SyscallFilter.allowing(JvmCalls.and()).install();
            } catch (MissingLibraryException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void everyLibrary_isThere() throws Exception {
        for (var function : new String[][] {
            {"LIBC", "syscall"},
            {"LIBCRYPTO", "EVP_DigestVerify"},
            {"LIBNFTABLES", "nft_ctx_new"},
            {"LIBSECCOMP", "seccomp_load"}
        }) {
            assertThat(Library.valueOf(function[0]).find(function[1])).isNotNull();
        }
    }

    @Test
    void zeroCharacterInAString_isRefused() {
        try (var arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> CString.of(arena, "tmp\0fs")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> CString.ofBytes(arena, "a\0b")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> CString.ofBytes(arena, "\u0100")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void foreignString_isReadUpToTheLimit() throws Exception {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom("abcdef", UTF_8);
            assertThat(CString.read(text.address(), 100)).isEqualTo("abcdef");
            assertThat(CString.read(text.address(), 3)).isEqualTo("abc");
            assertThat(CString.read(0, 3)).isEmpty();
        }
    }
}
