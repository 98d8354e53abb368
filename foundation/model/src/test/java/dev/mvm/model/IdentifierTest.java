package dev.mvm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Property;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IdentifierTest {
    private static final List<Function<String, Object>> LABELS = List.of(TenantId::new, PoolId::new, NodeId::new);
    private static final String HOSTILE = "aZ9-/. ;$\n\0\u00e9_%'\"\\:";

    @ParameterizedTest
    @ValueSource(strings = {"a", "web", "a-b", "a1", "x2345678901234567890123456789012345678901234567890123456789012a"})
    void goodLabel_isKept(String text) {
        for (var label : LABELS) {
            assertThat(label.apply(text)).hasToString(text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-a",
                "a-",
                "1a",
                "A",
                "a b",
                "a/b",
                "..",
                ".",
                "a.b",
                "a\n",
                "a;rm",
                "$a",
                "a\0",
                "é",
                "a_b",
                "x23456789012345678901234567890123456789012345678901234567890123a"
            })
    void badLabel_isRefused(String text) {
        for (var label : LABELS) {
            assertThatThrownBy(() -> label.apply(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anyText_isEitherRefusedOrSafeInAPath() {
        Property.holds(5_000, draw -> {
            var text = draw.text(0, 70, HOSTILE);
            for (var label : LABELS) {
                try {
                    assertThat(label.apply(text).toString()).matches("[a-z][a-z0-9-]{0,62}");
                } catch (IllegalArgumentException e) {
                    assertThat(e.getMessage()).matches("[ -~]{1,200}");
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"i-", "i-1234567", "i-123456789", "i-1234567g", "i-1234567A", "I-12345678", "../12345678"})
    void badInstanceId_isRefused(String text) {
        assertThatThrownBy(() -> new InstanceId(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void instanceIdOfBits_isPadded() {
        assertThat(InstanceId.of(0x1a)).hasToString("i-0000001a");
        assertThat(InstanceId.of(-1)).hasToString("i-ffffffff");
    }

    @Test
    void addresses_readBackWhatTheyPrint() {
        assertThat(InstanceAddress.parse("demo/web/i-1a2b3c4d")).hasToString("demo/web/i-1a2b3c4d");
        assertThat(PoolAddress.parse("demo/web")).hasToString("demo/web");
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "demo/web", "demo/web/", "demo/web/i-1/x", "/web/i-12345678", "demo//i-12345678"})
    void addressOfOtherShape_isRefused(String text) {
        assertThatThrownBy(() -> InstanceAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void digest_isOfTheContent() {
        var digest = Digest.of("abc".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        // FIPS 180-2, appendix B.1
        assertThat(digest.hex()).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThatThrownBy(() -> new Digest(digest.hex())).isInstanceOf(IllegalArgumentException.class);
    }
}
