package dev.mvm.crypto.verify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.property.Property;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class PaeTest {
    @Test
    void publishedExample_encodesAsPublished() {
        var encoded = Pae.encode("http://example.com/HelloWorld", "hello world".getBytes(UTF_8));
        assertThat(new String(encoded, UTF_8)).isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    @Test
    void differentInputs_neverEncodeAlike() {
        Property.holds(3_000, draw -> {
            var typeA = draw.text(0, 4, "a 1");
            var typeB = draw.text(0, 4, "a 1");
            var bodyA = draw.text(0, 6, "a 1").getBytes(UTF_8);
            var bodyB = draw.text(0, 6, "a 1").getBytes(UTF_8);
            boolean same = typeA.equals(typeB) && Arrays.equals(bodyA, bodyB);
            assertThat(Arrays.equals(Pae.encode(typeA, bodyA), Pae.encode(typeB, bodyB)))
                    .isEqualTo(same);
        });
    }
}
