package dev.mvm.crypto.pkcs11;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 7512, as much of it as is taken.
final class Pkcs11UriTest {
    @Test
    void wholeUri_isRead() throws Exception {
        var uri = Pkcs11Uri.parse("pkcs11:token=The%20token;manufacturer=M;model=X-1;serial=00ab;object=root%2fone;"
                + "id=%01%fF;type=private?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/pin");
        assertThat(uri)
                .isEqualTo(new Pkcs11Uri(
                        Optional.of("The token"),
                        Optional.of("M"),
                        Optional.of("X-1"),
                        Optional.of("00ab"),
                        Optional.of("root/one"),
                        Optional.of("01ff"),
                        Path.of("/usr/lib/softhsm/libsofthsm2.so"),
                        Optional.of(Path.of("/run/pin"))));
    }

    @Test
    void shortestUri_fitsEverything() throws Exception {
        var uri = Pkcs11Uri.parse("pkcs11:?module-path=/m.so");
        assertThat(uri.token()).isEmpty();
        assertThat(uri.object()).isEmpty();
        assertThat(uri.pinSource()).isEmpty();
    }

    @Test
    void otherAlphabets_areRead() throws Exception {
        assertThat(Pkcs11Uri.parse("pkcs11:token=%E2%98%83?module-path=/m.so").token())
                .contains("☃");
    }

    /// Both are spelled in use: RFC 7512 wants a URI, older tools a path.
    @Test
    void pinSource_isAFileOrAPath() throws Exception {
        for (var text : new String[] {"file:/run/pin", "/run/pin", "file:///run/pin"}) {
            assertThat(Pkcs11Uri.parse("pkcs11:?module-path=/m.so&pin-source=" + text)
                            .pinSource())
                    .contains(Path.of("/run/pin"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "pkcs12:token=a?module-path=/m.so!does not begin with pkcs11:",
                "pkcs11:token=a!which module?",
                "pkcs11:token=a?module-path=m.so!module-path: want an absolute path",
                "pkcs11:token=a?module-path=/m.so&pin-source=pin!pin-source: want an absolute path",
                "pkcs11:token=a?module-path=/m%00.so!module-path: want an absolute path",
                "pkcs11:token=a;token=b?module-path=/m.so!token is given twice",
                "pkcs11:slot-id=1?module-path=/m.so!takes no attribute 'slot-id'",
                "pkcs11:token?module-path=/m.so!takes no attribute 'token'",
                "pkcs11:;?module-path=/m.so!takes no attribute ''",
                "pkcs11:type=public?module-path=/m.so!type: want private",
                "pkcs11:token=a?module-path=/m.so&pin-value=1234!pin-value is not taken",
                "pkcs11:pin-value=1234?module-path=/m.so!pin-value is not taken",
                "pkcs11:token=a b?module-path=/m.so!has to be written as %",
                "pkcs11:token=a%2?module-path=/m.so!has to be written as %",
                "pkcs11:token=a%zz?module-path=/m.so!has to be written as %",
                "pkcs11:token=a/b?module-path=/m.so!has to be written as %",
                "pkcs11:token=%ff?module-path=/m.so!token is not UTF-8"
            })
    void uriThatIsNone_saysWhy(String text, String why) {
        assertThatThrownBy(() -> Pkcs11Uri.parse(text))
                .isInstanceOfSatisfying(
                        CryptokiException.class,
                        e -> assertThat(e.reason()).isEqualTo(CryptokiException.Reason.BAD_REFERENCE))
                .hasMessageContaining(why)
                .message()
                .doesNotContain("1234", "\n");
    }

    @FuzzTest(maxDuration = "10s")
    void anyText_isAUriOrRefused(byte[] input) {
        try {
            assertThat(Pkcs11Uri.parse("pkcs11:" + new String(input, UTF_8)).module())
                    .isAbsolute();
        } catch (CryptokiException e) {
            assertThat(e.reason()).isEqualTo(CryptokiException.Reason.BAD_REFERENCE);
            assertThat(e.getMessage()).matches("[ -~]*");
        }
    }
}
