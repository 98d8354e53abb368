package dev.mvm.protocol.control.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.NodeProto;
import dev.mvm.protocol.control.v1.Role;
import dev.mvm.protocol.control.v1.RoleProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The roles of methods in the schema, and the tables of methods in `docs/protocol/control.md`.
final class RolesTest {
    private static final Path DOCUMENT = Path.of("..", "..", "docs", "protocol", "control.md");
    private static final Pattern CELL = Pattern.compile("`(\\w+)`");

    private static ServiceDescriptor service(String name) {
        var service = name.equals("Fleet")
                ? FleetProto.getDescriptor().findServiceByName(name)
                : NodeProto.getDescriptor().findServiceByName(name);
        assertThat(service).isNotNull();
        return service;
    }

    /// A method without a role cannot be called; docs/protocol/control.md has a section for each role.
    @ParameterizedTest
    @CsvSource({"Fleet,OPERATOR", "NodeLink,NODE"})
    void everyMethod_hasTheRoleOfItsService(String name, Role role) {
        for (var method : service(name).getMethods()) {
            assertThat(method.getOptions().getExtension(RoleProto.role))
                    .as(method.getFullName())
                    .isEqualTo(role);
        }
    }

    /// Rows of the section's table of methods, by method.
    private static Map<String, String> rows(String section) throws IOException {
        var out = new LinkedHashMap<String, String>();
        var text = Files.readString(DOCUMENT);
        int from = text.indexOf("\n## " + section + "\n");
        assertThat(from).as(section).isNotNegative();
        int to = text.indexOf("\n## ", from + 1);
        boolean inTable = false;
        for (var line :
                text.substring(from, to < 0 ? text.length() : to).lines().toList()) {
            inTable = line.startsWith("|") && (inTable || line.startsWith("| method |"));
            if (inTable) {
                var cell = CELL.matcher(line.substring(1, line.indexOf('|', 1)));
                cell.results().forEach(method -> out.put(method.group(1), line));
            }
        }
        return out;
    }

    @ParameterizedTest
    @CsvSource({"Fleet,Operators only", "NodeLink,Nodes only"})
    void document_listsEveryMethod_underItsRole(String name, String rule) throws IOException {
        assertThat(Files.readString(DOCUMENT)).containsPattern("\n## " + name + "\n\n" + rule);
        assertThat(rows(name).keySet())
                .containsExactlyInAnyOrderElementsOf(service(name).getMethods().stream()
                        .map(MethodDescriptor::getName)
                        .toList());
    }

    @Test
    void document_hasThePathOfEveryMethod() throws IOException {
        var rows = rows("Fleet");
        for (var method : service("Fleet").getMethods()) {
            var http = method.getOptions().getExtension(AnnotationsProto.http);
            var verb = http.getPatternCase().name();
            var path = switch (http.getPatternCase()) {
                case GET -> http.getGet();
                case POST -> http.getPost();
                case DELETE -> http.getDelete();
                default -> "";
            };
            if (!path.isEmpty()) {
                assertThat(rows.get(method.getName()))
                        .contains("`" + verb + " ")
                        .containsPattern("[` ]" + Pattern.quote(path) + "[`?]");
            }
        }
    }
}
