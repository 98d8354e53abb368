package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

final class IndentedTest {
    @Test
    void anyTree_readsBackAsIndented() {
        Property.holds(1_000, draw -> {
            var tree = tree(draw, 4);
            var text = Indented.text(tree).getBytes(UTF_8);
            assertThat(Json.parse(text, JsonLimits.signed(1 << 16))).isEqualTo(tree);
        });
    }

    private static Json tree(Draw draw, int depth) {
        return switch (draw.intBetween(0, depth == 0 ? 2 : 4)) {
            case 0 -> Json.of(draw.between(Long.MIN_VALUE, Long.MAX_VALUE));
            case 1 -> new Json.Bool(draw.flag());
            case 2 -> Json.of(draw.text(0, 8, "ab\"\\/\n\t\u0001\u00e9\u20ac {}[],:0"));
            case 3 -> Json.array(draw.list(0, 4, () -> tree(draw, depth - 1)));
            default -> {
                var members = new LinkedHashMap<String, Json>();
                for (var name : draw.list(0, 4, () -> draw.text(0, 3, "abc\u00e9\""))) {
                    members.put(name, tree(draw, depth - 1));
                }
                yield new Json.Obj(members);
            }
        };
    }

    @Test
    void membersAndItems_haveALineEach() {
        var tree = Json.object()
                .put("a", 1)
                .put("b", List.of(Json.of("x"), Json.object().put("c", true).end()))
                .put("none", List.of())
                .put("empty", Json.object().end())
                .end();
        assertThat(Indented.text(tree)).isEqualTo("""
                {
                  "a" : 1,
                  "b" : [
                    "x",
                    {
                      "c" : true
                    }
                  ],
                  "none" : [ ],
                  "empty" : { }
                }""");
    }
}
