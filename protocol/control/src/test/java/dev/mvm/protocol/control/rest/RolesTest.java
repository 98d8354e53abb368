package dev.mvm.protocol.control.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.NodeProto;
import dev.mvm.protocol.control.v1.Role;
import dev.mvm.protocol.control.v1.RoleProto;
import dev.mvm.protocol.control.v1.Scope;
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

    /// A method without a role cannot be called; docs/protocol/control.md has a section for operators and one for
    /// nodes.
    @ParameterizedTest
    @CsvSource({"Fleet,AUDITOR|OPERATOR|ADMIN", "NodeLink,NODE"})
    void everyMethod_hasARoleOfItsService(String name, String roles) {
        for (var method : service(name).getMethods()) {
            assertThat(roles.split("\\|", -1))
                    .as(method.getFullName())
                    .contains(method.getOptions().getExtension(RoleProto.role).name());
        }
    }

    @Test
    void document_hasRoleAndScopeOfEveryMethod() throws IOException {
        var rows = rows("Fleet");
        for (var method : service("Fleet").getMethods()) {
            var row = rows.getOrDefault(method.getName(), "").split("\\|", -1);
            assertThat(row[3].strip())
                    .as(method.getName())
                    .isEqualTo(word(method.getOptions().getExtension(RoleProto.role)));
            assertThat(row[4].strip())
                    .as(method.getName())
                    .isEqualTo(word(method.getOptions().getExtension(RoleProto.scope)));
        }
    }

    private static String word(Role role) {
        return switch (role) {
            case AUDITOR -> "auditor";
            case OPERATOR -> "operator";
            case ADMIN -> "admin";
            case NODE, ROLE_UNSPECIFIED, UNRECOGNIZED -> "-";
        };
    }

    private static String word(Scope scope) {
        return switch (scope) {
            case TENANT -> "its tenant";
            case FILTERED -> "filtered";
            case CALLER -> "the caller";
            case FLEET -> "fleet";
            case SCOPE_UNSPECIFIED, UNRECOGNIZED -> "-";
        };
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
