package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Complaints in the words and with the places of serde_json.
final class SerdeTest {
    private static final Schemas SCHEMAS = new Schemas(FirecrackerVersion.parse("1.16.1"));

    private static void complains(String text, Schema.Struct schema, String complaint) {
        assertThatThrownBy(() -> Schema.document(text.getBytes(UTF_8), schema))
                .as(text)
                .isInstanceOf(SerdeException.class)
                .hasMessage(complaint);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"vcpu_count\": | EOF while parsing a value at line 1 column 14",
                "{ | EOF while parsing an object at line 1 column 1",
                "{\"vcpu_count\" 1} | expected `:` at line 1 column 15",
                "{\"vcpu_count\":1 \"mem\":2} | expected `,` or `}` at line 1 column 17",
                "{\"vcpu_count\":1,} | trailing comma at line 1 column 17",
                "{vcpu_count:1} | key must be a string at line 1 column 2",
                "nope | invalid type: null, expected struct MachineConfig at line 1 column 4",
                "[] | invalid type: sequence, expected struct MachineConfig at line 1 column 0",
                "7 | invalid type: integer `7`, expected struct MachineConfig at line 1 column 1",
                "{\"vcpu_count\":1,\"mem_size_mib\":2} x | trailing characters at line 1 column 35",
                "{\"vcpu_count\":\"x\"} | invalid type: string \"x\", expected u8 at line 1 column 17",
                "{\"vcpu_count\":1.5} | invalid type: floating point `1.5`, expected u8 at line 1 column 17",
                "{\"vcpu_count\":256} | invalid value: integer `256`, expected u8 at line 1 column 17",
                "{\"vcpu_count\":-1} | invalid value: integer `-1`, expected u8 at line 1 column 16",
                "{\"vcpu_count\":null} | invalid type: null, expected u8 at line 1 column 18",
                "{\"smt\":1} | invalid type: integer `1`, expected a boolean at line 1 column 8",
                "{\"vcpu_count\":1,\"vcpu_count\":1} | duplicate field `vcpu_count` at line 1 column 28",
                "{\"huge_pages\":\"1G\"} | unknown variant `1G`, expected `None` or `2M` at line 1 column 18",
                "{\"huge_pages\":7} | expected value at line 1 column 15",
            })
    void machineConfig_isComplainedAbout(String text, String complaint) {
        complains(text.replace("nope", "null"), SCHEMAS.machine(), complaint);
    }

    @Test
    void lines_areCounted() {
        complains(
                "{\n \"state\":\n  \"Flying\"}",
                Schemas.VM,
                "unknown variant `Flying`, expected `Paused` or `Resumed` at line 3 column 10");
    }

    @Test
    void structWithoutRefusal_ignoresWhatItDoesNotKnow() throws SerdeException {
        var text = "{\"size\":1,\"more\":[{}],\"refill_time\":2}";
        assertThat(Schema.document(text.getBytes(UTF_8), Schemas.TOKEN_BUCKET))
                .isEqualTo(Json.object()
                        .put("size", 1)
                        .put("one_time_burst", new Json.Null())
                        .put("refill_time", 2)
                        .end());
    }

    @Test
    void laterMembers_areUnknownToEarlierVersions() {
        var old = new Schemas(FirecrackerVersion.parse("1.15.1")).loadSnapshot();
        complains(
                "{\"vsock_override\":{}}",
                old,
                "unknown field `vsock_override`, expected one of `snapshot_path`, `mem_file_path`, `mem_backend`,"
                        + " `enable_diff_snapshots`, `track_dirty_pages`, `resume_vm`, `network_overrides`,"
                        + " `clock_realtime` at line 1 column 17");
        complains("{\"vsock_override\":{}}", SCHEMAS.loadSnapshot(), "missing field `uds_path` at line 1 column 20");
    }

    /// The cursor takes a text for JSON exactly when the strict reader of production does.
    @Test
    void anyText_isJsonForBothReadersOrNeither() {
        Property.holds(4_000, draw -> {
            var text = mutated(draw, new String(tree(draw, 3).bytes(), UTF_8));
            assertThat(serde(text)).as(text).isEqualTo(strict(text));
        });
    }

    private static String serde(String text) {
        try {
            var in = new SerdeText(text.getBytes(UTF_8));
            var value = in.value(0);
            in.end();
            return new String(value.bytes(), UTF_8);
        } catch (SerdeException e) {
            return "no JSON";
        }
    }

    private static String strict(String text) {
        try {
            return new String(
                    Json.parse(text.getBytes(UTF_8), JsonLimits.foreign(1 << 16))
                            .bytes(),
                    UTF_8);
        } catch (JsonException e) {
            return "no JSON";
        }
    }

    private static String mutated(Draw draw, String text) {
        if (draw.flag() || text.isEmpty()) {
            return text;
        }
        int at = draw.intBetween(0, text.length() - 1);
        return text.substring(0, at)
                + draw.one("", "{", "}", "[", "]", ",", ":", "\"", "0", "-", "t", " ")
                + text.substring(at + draw.intBetween(0, 1));
    }

    private static Json tree(Draw draw, int depth) {
        return switch (draw.intBetween(0, depth == 0 ? 3 : 5)) {
            case 0 -> Json.of(draw.between(Long.MIN_VALUE, Long.MAX_VALUE));
            case 1 -> new Json.Bool(draw.flag());
            case 2 -> Json.of(draw.text(0, 6, "ab\"\\/\n\u00e9\u20ac {}[],:0"));
            case 3 -> draw.one(new Json.Null(), new Json.Dec("1.5"), new Json.Dec("-0.25e+7"));
            case 4 -> Json.array(draw.list(0, 3, () -> tree(draw, depth - 1)));
            default -> {
                var members = new LinkedHashMap<String, Json>();
                for (int i = draw.intBetween(0, 3); i > 0; i--) {
                    members.put("k" + i, tree(draw, depth - 1));
                }
                yield new Json.Obj(members);
            }
        };
    }
}
