package dev.mvm.protocol.control.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.mvm.protocol.control.v1.EnrolRequest;
import dev.mvm.protocol.control.v1.ListPoolsRequest;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.RoleProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// The public form of REST and gRPC, line by line: paths, roles, scopes, names in JSON, numbers of fields, words of
/// enums. A line may be added. A changed or removed line breaks operators' programs, or nodes of an earlier release.
final class GoldenDescriptorsTest {
    private static final List<FileDescriptor> FILES = List.of(
            ListPoolsRequest.getDescriptor().getFile(),
            NodeMessage.getDescriptor().getFile(),
            EnrolRequest.getDescriptor().getFile());

    private static List<String> lines() {
        var out = new ArrayList<String>();
        for (var file : FILES) {
            for (var service : file.getServices()) {
                for (var method : service.getMethods()) {
                    var http = method.getOptions().getExtension(AnnotationsProto.http);
                    out.add("rpc " + service.getFullName() + "/" + method.getName() + " "
                            + method.getInputType().getName() + " "
                            + method.getOutputType().getName() + " "
                            + path(http));
                    out.add("role " + service.getFullName() + "/" + method.getName() + " "
                            + method.getOptions().getExtension(RoleProto.role) + " "
                            + method.getOptions().getExtension(RoleProto.scope));
                }
            }
            file.getMessageTypes().forEach(message -> message(message, out));
            file.getEnumTypes().forEach(words -> words(words, out));
        }
        return out;
    }

    private static String path(HttpRule http) {
        return switch (http.getPatternCase()) {
            case GET -> "GET " + http.getGet();
            case POST -> "POST " + http.getPost();
            case DELETE -> "DELETE " + http.getDelete();
            default -> "-";
        };
    }

    private static void message(Descriptor message, List<String> out) {
        for (var field : message.getFields()) {
            out.add("field " + message.getFullName() + " " + field.getNumber() + " " + field.getName() + " "
                    + (field.isRepeated() ? "repeated " : "") + field.getType());
        }
        message.getNestedTypes().forEach(nested -> message(nested, out));
        message.getEnumTypes().forEach(words -> words(words, out));
    }

    private static void words(EnumDescriptor words, List<String> out) {
        words.getValues()
                .forEach(value ->
                        out.add("word " + words.getFullName() + " " + value.getNumber() + " " + value.getName()));
    }

    private static List<String> golden() throws IOException {
        try (var in = GoldenDescriptorsTest.class.getResourceAsStream("descriptors.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8)
                    .lines()
                    .toList();
        }
    }

    @Test
    void restAndGrpc_areAsEver() throws Exception {
        assertThat(lines()).containsAll(golden());
    }

    @Test
    void goldenLines_areComplete() throws Exception {
        assertThat(golden()).as("a new line belongs into descriptors.txt").containsAll(lines());
    }
}
