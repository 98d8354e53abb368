package dev.mvm.documents.check;

import dev.mvm.documents.repository.Calls;
import dev.mvm.documents.repository.Mention;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Compares REST paths in documents with the rules of the schemas, and the calls of `docs/protocol/control.md` with the
/// calls that there are. Firecracker's paths are compared with its API description.
public final class CallCheck implements Check {
    private static final Path FLEET = Path.of("protocol/control/src/main/proto/mvm/control/v1/fleet.proto");
    private static final Path NODE = FLEET.resolveSibling("node.proto");
    private static final Path CONTROL = Path.of("docs/protocol/control.md");
    private static final String FIRECRACKER = "protocol/firecracker/src/test/resources/**/firecracker-*.yaml";
    private static final Pattern REST =
            Pattern.compile("(?:(GET|POST|PUT|DELETE|PATCH) )?(/v1/[^?\\s]*)(?:\\?(\\S*))?");
    private static final Pattern VMM = Pattern.compile("(?:GET|PUT|PATCH) (/[a-z-]*)(/\\S*)?");
    /// Paths that the coordinator serves besides those of the schemas.
    private static final Pattern ROUTE = Pattern.compile("\"(/v1/[^\"]+)\"");
    private static final Pattern VMM_PATH = Pattern.compile("(?m)^  (/[a-z-]*)[^\\n]*:$");

    private final Repository repository;
    private final List<Calls.Call> fleet;
    private final Set<String> vmm;
    private final Set<String> routes;

    /// Reads the schemas of `repository`.
    public CallCheck(Repository repository) {
        this.repository = repository;
        this.fleet = Calls.of(repository, FLEET);
        this.vmm = repository.findings(FIRECRACKER, VMM_PATH);
        this.routes = repository.findings("process/coordinator/src/main/java/**/*.java", ROUTE);
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        for (var document : repository.documents()) {
            for (var mention : Mention.of(repository.text(document))) {
                if (mention.kind() != Mention.Kind.LINK && !isThere(mention.text())) {
                    out.add(document + ":" + mention.line() + ": there is no call " + mention.text());
                }
            }
        }
        undocumented(out);
        return out;
    }

    private boolean isThere(String text) {
        var rest = REST.matcher(text);
        if (rest.matches()) {
            var query = rest.group(3) == null ? Set.<String>of() : names(rest.group(3));
            return fleet.stream().anyMatch(call -> isCall(call, rest.group(1), rest.group(2), query))
                    || (query.isEmpty() && routes.contains(rest.group(2)));
        }
        var api = VMM.matcher(text);
        return !api.matches() || vmm.contains(api.group(1));
    }

    /// @param verb absent if the document names the path alone
    private static boolean isCall(Calls.Call call, @Nullable String verb, String path, Set<String> query) {
        var http = call.http().orElse(" ").split(" ", 2);
        var form = Pattern.quote(http[1]).replaceAll("\\{\\w+}", "\\\\E[^/:]+\\\\Q");
        return (verb == null || verb.equals(http[0]))
                && path.matches(form)
                && call.fields().containsAll(query);
    }

    private static Set<String> names(String query) {
        var out = new TreeSet<String>();
        for (var parameter : query.split("&", -1)) {
            out.add(parameter.split("=", 2)[0]);
        }
        return out;
    }

    private void undocumented(List<String> out) {
        var named = new TreeSet<String>();
        Mention.of(repository.text(CONTROL)).forEach(mention -> named.add(mention.text()));
        var calls = new ArrayList<>(fleet);
        calls.addAll(Calls.of(repository, NODE));
        if (fleet.isEmpty()) {
            out.add(FLEET + " has no calls");
        }
        calls.stream()
                .filter(call -> !named.contains(call.name()))
                .forEach(call -> out.add(CONTROL + " does not name the call " + call.name()));
    }
}
