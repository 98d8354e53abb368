package dev.mvm.protocol.control.rest;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import java.util.LinkedHashMap;
import java.util.Map;

/// One call of the service as an HTTP request.
///
/// @param verb the HTTP method, upper case
/// @param body whether the request's fields that are not in the path are in a JSON body; otherwise they are in the
///     query
public record Route(String verb, PathTemplate path, boolean body, MethodDescriptor method) {
    /// Returns the call's name without its service, such as `ScalePool`.
    public String name() {
        return method.getName();
    }

    /// A request as it is sent.
    ///
    /// @param path with the query
    /// @param body JSON, empty for no body
    public record Call(String verb, String path, String body) {}

    /// Returns the message of a request of this call.
    ///
    /// @param empty a message of the method's input type
    /// @param variables of the path
    /// @param query decoded names and values; a name that the request does not have is refused
    /// @param json the body, empty for no body
    /// @throws RestException if the parts are not a valid request
    public Message request(Message empty, Map<String, String> variables, Map<String, String> query, String json)
            throws RestException {
        var builder = empty.newBuilderForType();
        if (body) {
            if (!query.isEmpty()) {
                throw new RestException("this call takes no query");
            }
            JsonText.merge(json, builder);
        } else if (!json.isBlank()) {
            throw new RestException("this call takes no body");
        }
        for (var variable : variables.entrySet()) {
            var field = field(variable.getKey());
            if (!String.valueOf(builder.getField(field)).isEmpty()) {
                throw new RestException(field.getName() + " is given by the path");
            }
            builder.setField(field, variable.getValue());
        }
        for (var parameter : query.entrySet()) {
            var field = method.getInputType().findFieldByName(parameter.getKey());
            if (field == null || variables.containsKey(parameter.getKey())) {
                throw new RestException("unknown parameter '" + JsonText.shown(parameter.getKey()) + "'");
            }
            builder.setField(field, Scalars.parse(field, parameter.getValue()));
        }
        return builder.build();
    }

    /// Returns the HTTP request for `request`.
    ///
    /// @throws IllegalArgumentException if a field contains characters that a path cannot contain
    public Call call(Message request) {
        var variables = new LinkedHashMap<String, String>();
        var rest = request.toBuilder();
        for (var name : path.variables()) {
            var field = field(name);
            variables.put(name, String.valueOf(request.getField(field)));
            rest.clearField(field);
        }
        var where = path.expand(variables);
        return body
                ? new Call(verb, where, JsonText.ofRequest(rest.build()))
                : new Call(verb, where + Scalars.query(rest.build()), "");
    }

    private FieldDescriptor field(String name) {
        var field = method.getInputType().findFieldByName(name);
        if (field == null) {
            throw new IllegalStateException(method.getFullName() + " has no field " + name);
        }
        return field;
    }
}
