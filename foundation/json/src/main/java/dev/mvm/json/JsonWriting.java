package dev.mvm.json;

import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Tree to text.
final class JsonWriting {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonWriting() {}

    static byte[] bytes(Json value) {
        var out = new ByteArrayOutputStream();
        try (var generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            write(generator, value);
        }
        return out.toByteArray();
    }

    private static void write(JsonGenerator out, Json value) {
        switch (value) {
            case Json.Obj(var members) -> {
                out.writeStartObject();
                members.forEach((name, member) -> {
                    out.writeName(name);
                    write(out, member);
                });
                out.writeEndObject();
            }
            case Json.Arr(var items) -> {
                out.writeStartArray();
                items.forEach(item -> write(out, item));
                out.writeEndArray();
            }
            case Json.Str(var text) -> out.writeString(text);
            case Json.Int(var number) -> out.writeNumber(number);
            case Json.Dec(var text) -> out.writeRawValue(text);
            case Json.Bool(var flag) -> out.writeBoolean(flag);
            case Json.Null() -> out.writeNull();
        }
    }
}
