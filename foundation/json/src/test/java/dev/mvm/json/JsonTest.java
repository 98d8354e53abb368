package dev.mvm.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
    private static final JsonLimits SIGNED = JsonLimits.signed(1 << 16);
    private static final JsonLimits FOREIGN = JsonLimits.foreign(1 << 16);

    @Test
    void anyTree_readsBackAsWritten() {
        Property.holds(2_000, draw -> {
            var tree = tree(draw, 4);
            assertThat(Json.parse(tree.bytes(), SIGNED)).isEqualTo(tree);
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
                for (var name : new ArrayList<>(draw.list(0, 4, () -> draw.text(0, 3, "abc\u00e9\"")))) {
                    members.put(name, tree(draw, depth - 1));
                }
                yield new Json.Obj(members);
            }
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "{", "{}{}", "{} x", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}", "{a:1}", "{'a':1}",
                        "[1,]",
                "{\"a\":1,}", "// c\n{}", "01", "+1", "NaN", "nul", "\"\t\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
                        "\ufeff{}"
            })
    void whatIsNotJson_isRefused(String text) {
        assertThatThrownBy(() -> Json.parse(text.getBytes(UTF_8), SIGNED)).isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> Json.parse(text.getBytes(UTF_8), FOREIGN)).isInstanceOf(JsonException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"null", "1.0", "1e3", "9223372036854775808", "-9223372036854775809", "{\"a\":null}", "-0.0"})
    void whatSignedDocumentsNeverHold_isRefusedThere(String text) throws JsonException {
        assertThatThrownBy(() -> Json.parse(text.getBytes(UTF_8), SIGNED)).isInstanceOf(JsonException.class);
        assertThat(new String(Json.parse(text.getBytes(UTF_8), FOREIGN).bytes(), UTF_8))
                .isEqualTo(text);
    }

    @Test
    void invalidUtf8_isRefused() {
        for (var bad : new int[][] {{0xc0, 0x80}, {0xed, 0xa0, 0x80}, {0xff}, {0xe2, 0x82}, {0xf4, 0x90, 0x80, 0x80}}) {
            var text = new byte[bad.length + 2];
            text[0] = '"';
            for (int i = 0; i < bad.length; i++) {
                text[i + 1] = (byte) bad[i];
            }
            text[text.length - 1] = '"';
            assertThatThrownBy(() -> Json.parse(text, FOREIGN)).hasMessageContaining("UTF-8");
        }
    }

    @Test
    @Tag("claim-T6")
    void limits_areEnforced() {
        var deep = "[".repeat(17) + "]".repeat(17);
        assertThatThrownBy(() -> Json.parse(deep.getBytes(UTF_8), SIGNED)).hasMessageContaining("deep");
        var longText = "\"" + "x".repeat(4097) + "\"";
        assertThatThrownBy(() -> Json.parse(longText.getBytes(UTF_8), SIGNED)).hasMessageContaining("long");
        var number = "1".repeat(65);
        assertThatThrownBy(() -> Json.parse(number.getBytes(UTF_8), FOREIGN)).hasMessageContaining("long");
        assertThatThrownBy(() -> Json.parse(new byte[(1 << 16) + 1], SIGNED)).hasMessageContaining("more than");
    }

    @Test
    void message_quotesNoInput() {
        var secret = "{\"key\":tellnoone}";
        assertThatThrownBy(() -> Json.parse(secret.getBytes(UTF_8), SIGNED))
                .message()
                .doesNotContain("tellnoone")
                .contains("line 1");
    }

    @Test
    void fields_refuseWhatNobodyAskedFor() throws JsonException {
        var object = Json.parseObject("{\"a\":1,\"b\":\"x\",\"c\":[{\"d\":true}]}".getBytes(UTF_8), SIGNED);
        var fields = object.fields();
        assertThat(fields.integer("a", 0, 1)).isEqualTo(1);
        assertThat(fields.string("b")).isEqualTo("x");
        assertThatThrownBy(fields::end).hasMessage("unknown field 'c'");
        assertThat(fields.objects("c", 1, inner -> inner.bool("d"))).containsExactly(true);
        fields.end();
    }

    @Test
    void fields_nameThePlaceOfAnError() throws JsonException {
        var text = "{\"n\":5,\"list\":[{\"id\":\"good\"},{\"id\":\"good\",\"more\":1}]}";
        var fields = Json.parseObject(text.getBytes(UTF_8), SIGNED).fields();
        assertThatThrownBy(() -> fields.integer("n", 0, 4)).hasMessage("field 'n' is not an integer from 0 to 4");
        assertThatThrownBy(() -> fields.string("absent")).hasMessage("field 'absent' is missing");
        assertThatThrownBy(() -> fields.objects("list", 9, inner -> inner.string("id")))
                .hasMessage("list[1]: unknown field 'more'");
    }

    @Test
    void notAnObject_isSaidSo() {
        assertThatThrownBy(() -> Json.parseObject("[]".getBytes(UTF_8), SIGNED))
                .hasMessage("the document is not a JSON object");
    }
}
