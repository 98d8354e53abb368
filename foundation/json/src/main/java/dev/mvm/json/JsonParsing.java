package dev.mvm.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/// Text to tree. Jackson tokenises; everything it is lax about is decided here.
final class JsonParsing {
    private JsonParsing() {}

    static Json parse(byte[] utf8, JsonLimits limits) throws JsonException {
        if (utf8.length > limits.bytes()) {
            throw new JsonException("the document has " + utf8.length + " bytes, more than " + limits.bytes());
        }
        try (var parser = factory(limits).createParser(ObjectReadContext.empty(), decoded(utf8))) {
            var first = parser.nextToken();
            if (first == null) {
                throw new JsonException("the document is empty");
            }
            var value = value(parser, first, limits);
            if (parser.nextToken() != null) {
                throw new JsonException("something follows the document");
            }
            return value;
        } catch (StreamConstraintsException e) {
            throw new JsonException("the document is nested too deeply or has too long a string or number");
        } catch (JacksonException e) {
            boolean twice = e.getOriginalMessage().startsWith("Duplicate");
            throw new JsonException((twice ? "a field is given twice" : "not valid JSON") + place(e));
        }
    }

    private static String place(JacksonException e) {
        var at = e.getLocation();
        return at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    /// Jackson's own decoder accepts overlong forms and surrogates; the JDK's does not.
    private static String decoded(byte[] utf8) throws JsonException {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw new JsonException("the document is not UTF-8");
        }
    }

    private static JsonFactory factory(JsonLimits limits) {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxDocumentLength(limits.bytes())
                        .maxNestingDepth(limits.depth())
                        .maxStringLength(limits.text())
                        .maxNameLength(limits.text())
                        .maxNumberLength(64)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .build();
    }

    private static Json value(JsonParser parser, JsonToken token, JsonLimits limits) throws JsonException {
        return switch (token) {
            case START_OBJECT -> object(parser, limits);
            case START_ARRAY -> array(parser, limits);
            case VALUE_STRING -> new Json.Str(text(parser.getString()));
            case VALUE_TRUE -> new Json.Bool(true);
            case VALUE_FALSE -> new Json.Bool(false);
            case VALUE_NUMBER_INT -> integer(parser, limits);
            case VALUE_NUMBER_FLOAT -> decimal(parser.getString(), limits);
            case VALUE_NULL -> {
                if (limits.strict()) {
                    throw new JsonException("null is not allowed");
                }
                yield new Json.Null();
            }
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new JsonException("not valid JSON");
        };
    }

    private static Json.Obj object(JsonParser parser, JsonLimits limits) throws JsonException {
        var members = new LinkedHashMap<String, Json>();
        for (var token = parser.nextToken(); token != JsonToken.END_OBJECT; token = parser.nextToken()) {
            var name = text(parser.getString());
            members.put(name, value(parser, parser.nextToken(), limits));
        }
        return new Json.Obj(members);
    }

    private static Json.Arr array(JsonParser parser, JsonLimits limits) throws JsonException {
        var items = new ArrayList<Json>();
        for (var token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(value(parser, token, limits));
        }
        return new Json.Arr(items);
    }

    private static Json integer(JsonParser parser, JsonLimits limits) throws JsonException {
        var text = parser.getString();
        try {
            return new Json.Int(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return decimal(text, limits);
        }
    }

    private static Json decimal(String text, JsonLimits limits) throws JsonException {
        if (limits.strict()) {
            throw new JsonException("a number is not an integer of 64 bits");
        }
        return new Json.Dec(text);
    }

    /// An escape can smuggle in half of a surrogate pair, which no UTF-8 text can hold.
    private static String text(String text) throws JsonException {
        if (!UTF_8.newEncoder().canEncode(text)) {
            throw new JsonException("a string holds half of a surrogate pair");
        }
        return text;
    }
}
