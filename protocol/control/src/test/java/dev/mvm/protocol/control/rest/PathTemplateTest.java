package dev.mvm.protocol.control.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Property;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PathTemplateTest {
    private static final PathTemplate SCALE = PathTemplate.parse("/v1/pools/{tenant}/{pool}:scale");

    @Test
    void pathOfTheTemplate_givesItsVariables() {
        assertThat(SCALE.match("/v1/pools/acme/web:scale"))
                .contains(new LinkedHashMap<>(Map.of("tenant", "acme", "pool", "web")));
        assertThat(SCALE.variables()).containsExactly("tenant", "pool");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "v1/pools/acme/web:scale",
                "/v1/pools/acme/web",
                "/v1/pools/acme/web:",
                "/v1/pools/acme/web:scales",
                "/v1/pools/acme/web:scale/",
                "/v1/pools//web:scale",
                "/v1/pools/acme/:scale",
                "/v1/pools/acme:scale",
                "/v1/pools/a%2fb/web:scale",
                "/v1/pools/acme/we b:scale",
                "/v1//pools/acme/web:scale",
                "/v1/pools/acme/web:x:scale",
                "/V1/pools/acme/web:scale",
                "/v1/pools/acme/web/x:scale",
                "/v1/pools/acme/web\n:scale"
            })
    void anyOtherPath_isAnotherPath(String path) {
        assertThat(SCALE.match(path)).isEmpty();
    }

    @Test
    void verbWithoutAName_isAnotherPath() {
        var node = PathTemplate.parse("/v1/nodes/{node}");
        assertThat(node.match("/v1/nodes/edge")).isPresent();
        assertThat(node.match("/v1/nodes/edge:")).isEmpty();
    }

    @Test
    void expansion_isReadBack() {
        Property.holds(500, draw -> {
            var alphabet = "abcXYZ019-._~";
            var variables = Map.of("tenant", draw.text(1, 9, alphabet), "pool", draw.text(1, 9, alphabet));
            assertThat(SCALE.match(SCALE.expand(variables))).contains(new LinkedHashMap<>(variables));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "a b", "a?b", "a#b", "%41", "ä", "a:b", "a\n"})
    void valueThatWouldChangeThePath_isNotExpanded(String value) {
        var variables = Map.of("tenant", value, "pool", "web");
        assertThatThrownBy(() -> SCALE.expand(variables)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/{name=pools/*}", "/v1/*", "/v1/**", "/v1/{}", "/v1/a b", "/v1/{Tenant}"})
    void templateOfAnotherForm_isRefused(String text) {
        assertThatThrownBy(() -> PathTemplate.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
