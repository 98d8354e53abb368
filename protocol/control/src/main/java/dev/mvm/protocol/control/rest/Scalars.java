package dev.mvm.protocol.control.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.net.URLEncoder;
import java.util.ArrayList;

/// Converts single fields to and from text in a query.
final class Scalars {
    private Scalars() {}

    static Object parse(FieldDescriptor field, String text) throws RestException {
        if (field.isRepeated()) {
            throw new RestException("parameter '" + field.getName() + "' cannot stand in a query");
        }
        try {
            return switch (field.getJavaType()) {
                case STRING -> text;
                case INT -> Integer.parseInt(text);
                case LONG -> Long.parseLong(text);
                case BOOLEAN -> flag(field, text);
                case FLOAT, DOUBLE, BYTE_STRING, ENUM, MESSAGE ->
                    throw new RestException("parameter '" + field.getName() + "' cannot stand in a query");
            };
        } catch (NumberFormatException e) {
            throw new RestException("parameter '" + field.getName() + "' is not an integer");
        }
    }

    private static boolean flag(FieldDescriptor field, String text) throws RestException {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new RestException("parameter '" + field.getName() + "' is neither true nor false");
        };
    }

    /// Returns `?a=b&c=d` for the fields that are set; empty if no field is set.
    static String query(Message message) {
        var parts = new ArrayList<String>();
        message.getAllFields()
                .forEach((field, value) ->
                        parts.add(field.getName() + "=" + URLEncoder.encode(String.valueOf(value), UTF_8)));
        return parts.isEmpty() ? "" : "?" + String.join("&", parts);
    }
}
