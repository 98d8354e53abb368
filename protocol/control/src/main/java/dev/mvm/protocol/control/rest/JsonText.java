package dev.mvm.protocol.control.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.util.LinkedHashMap;
import java.util.List;

/// Messages as JSON. Names are those of the .proto file, as in signed documents. 64-bit integers are numbers, not
/// strings as in ProtoJSON, since our readers have all 64 bits; both forms are read. Answers contain fields that are
/// zero, so that readers need not know the defaults.
public final class JsonText {
    private static final int SHOWN = 80;
    private static final int MAX_BYTES = 1 << 20;

    private JsonText() {}

    /// Returns an answer as JSON, with all fields.
    public static String of(MessageOrBuilder message) {
        return print(JsonFormat.printer().alwaysPrintFieldsWithNoPresence(), message);
    }

    /// Returns a request as JSON, with the fields that are set.
    static String ofRequest(MessageOrBuilder message) {
        return print(JsonFormat.printer(), message);
    }

    private static String print(JsonFormat.Printer printer, MessageOrBuilder message) {
        try {
            var text = printer.preservingProtoFieldNames().print(message).getBytes(UTF_8);
            var object = Json.parseObject(text, JsonLimits.foreign(text.length));
            return new String(
                    withNumbers(object, message.getDescriptorForType()).bytes(), UTF_8);
        } catch (InvalidProtocolBufferException | JsonException e) {
            throw new IllegalStateException("only messages with Any cannot be printed", e);
        }
    }

    private static Json.Obj withNumbers(Json.Obj object, Descriptor type) {
        var out = new LinkedHashMap<String, Json>();
        for (var member : object.members().entrySet()) {
            var field = type.findFieldByName(member.getKey());
            out.put(member.getKey(), field == null ? member.getValue() : withNumbers(member.getValue(), field));
        }
        return new Json.Obj(out);
    }

    private static Json withNumbers(Json value, FieldDescriptor field) {
        return switch (value) {
            case Json.Arr(var items) ->
                Json.array(items.stream().map(item -> withNumbers(item, field)).toList());
            case Json.Obj map
            when field.isMapField() -> {
                var out = new LinkedHashMap<String, Json>();
                var values = field.getMessageType().findFieldByName("value");
                map.members().forEach((key, member) -> out.put(key, withNumbers(member, values)));
                yield new Json.Obj(out);
            }
            case Json.Obj object
            when field.getJavaType() == FieldDescriptor.JavaType.MESSAGE -> withNumbers(object, field.getMessageType());
            case Json.Str(var digits)
            when field.getJavaType() == FieldDescriptor.JavaType.LONG -> Json.of(Long.parseLong(digits));
            default -> value;
        };
    }

    /// Reads JSON into `builder`; empty text is an empty object.
    ///
    /// @throws RestException if the text is not JSON for that message, or has an unknown field
    public static void merge(String json, Message.Builder builder) throws RestException {
        if (json.isBlank()) {
            return;
        }
        var type = builder.getDescriptorForType();
        try {
            shaped(Json.parseObject(json.getBytes(UTF_8), JsonLimits.foreign(MAX_BYTES)), type);
            JsonFormat.parser().merge(json, builder);
        } catch (JsonException | InvalidProtocolBufferException e) {
            throw new RestException("not a valid " + type.getName() + ": " + shown(String.valueOf(e.getMessage())));
        }
    }

    /// Requires lists where the message has lists, and nowhere else: `JsonFormat` accepts a list of one in place of
    /// its element. The parser has refused repeated names, a second document and comments before.
    private static void shaped(Json.Obj object, Descriptor type) throws JsonException {
        for (var member : object.members().entrySet()) {
            for (var field : type.getFields()) {
                if (member.getKey().equals(field.getName()) || member.getKey().equals(field.getJsonName())) {
                    shaped(member.getValue(), field);
                }
            }
        }
    }

    private static void shaped(Json value, FieldDescriptor field) throws JsonException {
        if (value instanceof Json.Arr != field.isRepeated()) {
            throw new JsonException(field.getName() + (field.isRepeated() ? " is not a list" : " is a list"));
        }
        var items = value instanceof Json.Arr(var list) ? list : List.of(value);
        for (var item : items) {
            if (item instanceof Json.Null) {
                throw new JsonException(field.getName() + " is null");
            }
            if (item instanceof Json.Obj object && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                shaped(object, field.getMessageType());
            }
        }
    }

    /// Returns a foreign text in a form that can be shown: its beginning, printable ASCII only.
    static String shown(String text) {
        var cut = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
        return cut.replaceAll("[^ -~]", "?");
    }
}
