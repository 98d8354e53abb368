package dev.mvm.documents.repository;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The calls of one protobuf schema, with their REST rule. It reads the subset of protobuf that the schemas here use.
public final class Calls {
    /// A call.
    ///
    /// @param name such as `ScalePool`
    /// @param http verb and path, such as `POST /v1/tenants`; absent if REST does not have the call
    /// @param fields names of the fields of its request
    public record Call(String name, Optional<String> http, Set<String> fields) {
        /// Copies `fields`.
        public Call {
            fields = Set.copyOf(fields);
        }
    }

    private static final Pattern SERVICE = Pattern.compile("(?ms)^service \\w+ \\{\n(.*?)^}");
    private static final Pattern RPC =
            Pattern.compile("(?s)rpc (\\w+)\\((?:stream )?(\\w+)\\) returns \\([^)]*\\)(?:;| \\{(.*?)\n  })");
    private static final Pattern RULE = Pattern.compile("(get|post|put|delete|patch): \"([^\"]+)\"");
    private static final Pattern MESSAGE = Pattern.compile("(?ms)^message (\\w+) \\{\n(.*?)^}");
    private static final Pattern FIELD = Pattern.compile("(?m)^\\s*(?:optional |repeated )?[\\w.]+ (\\w+) = \\d+");

    private Calls() {}

    /// Returns the calls of all services of `schema`, in order.
    public static List<Call> of(Repository repository, Path schema) {
        var text = repository.text(schema);
        var fields = new TreeMap<String, Set<String>>();
        MESSAGE.matcher(text).results().forEach(message -> fields.put(message.group(1), fields(message.group(2))));
        var out = new ArrayList<Call>();
        SERVICE.matcher(text)
                .results()
                .forEach(service -> RPC.matcher(service.group(1))
                        .results()
                        .forEach(rpc -> out.add(new Call(
                                rpc.group(1), http(rpc.group(3)), fields.getOrDefault(rpc.group(2), Set.of())))));
        return out;
    }

    private static Optional<String> http(@Nullable String body) {
        return Optional.ofNullable(body)
                .map(RULE::matcher)
                .filter(Matcher::find)
                .map(rule -> rule.group(1).toUpperCase(Locale.ROOT) + " " + rule.group(2));
    }

    private static Set<String> fields(String message) {
        var out = new TreeSet<String>();
        FIELD.matcher(message).results().forEach(field -> out.add(field.group(1)));
        return out;
    }
}
