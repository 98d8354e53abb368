package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `operator`: people and programs that may call the coordinator.
@Command(
        name = "operator",
        description = {
            "Manage operators: names, roles, tenants and certificates.",
            "An auditor reads. An operator also changes what runs. An admin also changes what is of the",
            "whole fleet: tenants, trust roots, node documents, master keys, operators. Each is for all",
            "tenants or for some by name. mvm-coordinator enrol makes the first admin."
        },
        subcommands = {
            OperatorCommand.Listing.class,
            OperatorCredentials.Request.class,
            OperatorCredentials.Add.class,
            OperatorCommand.Change.class,
            OperatorCommand.Revoke.class,
            OperatorCredentials.Renew.class,
            OperatorCredentials.Status.class
        })
final class OperatorCommand {
    private static final String OPERATORS = "/v1/operators";
    private static final Pattern NAME = Pattern.compile("[a-z]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final List<String> ROLES = List.of("auditor", "operator", "admin");

    private OperatorCommand() {}

    /// Returns `name` if it can be an operator's.
    static String name(Verb verb, String name) {
        if (!NAME.matcher(name).matches()) {
            throw verb.usage("not a name of an operator: " + name
                    + "; expected 1 to 63 of a-z, 0-9 and -, beginning with a letter, not ending in -");
        }
        return name;
    }

    /// The role of an operator, and the tenants that it is for.
    static final class Permission {
        @Option(names = "--role", required = true, paramLabel = "ROLE", description = "auditor, operator or admin.")
        private String role = "";

        @ArgGroup(multiplicity = "1")
        private Tenants tenants = new Tenants();

        /// Puts the members of a request.
        Json.Builder put(Verb verb, Json.Builder request) {
            if (!ROLES.contains(role)) {
                throw verb.usage("no such role: " + role + "; expected auditor, operator or admin");
            }
            return request.put("role", role)
                    .put("all_tenants", tenants.all)
                    .put("tenants", tenants.some.stream().map(Json::of).toList());
        }
    }

    /// All tenants, or some by name.
    static final class Tenants {
        @Option(
                names = "--all-tenants",
                required = true,
                description = "For all tenants, and for what is of the whole fleet.")
        private boolean all;

        @Option(
                names = "--tenant",
                required = true,
                paramLabel = "TENANT",
                description = "For this tenant; give the option once for each.")
        private List<String> some = List.of();
    }

    /// Returns the tenants of an operator, for a person.
    static String tenants(Json.Obj operator) {
        return ResponseFields.flag(operator, "all_tenants")
                ? "all tenants"
                : String.join(",", ResponseFields.texts(operator, "tenants"));
    }

    /// Returns what is left of an operator's certificate, for a person.
    static String left(Json.Obj operator, Instant now) {
        var expires = ResponseFields.text(operator, "expires");
        if (ResponseFields.flag(operator, "revoked")) {
            return "revoked";
        }
        return expires.isEmpty() ? "no certificate" : left(Instant.parse(expires), now);
    }

    /// Returns what is left until a certificate ends, for a person.
    static String left(Instant end, Instant now) {
        return now.isBefore(end) ? Duration.between(now, end).toDays() + " days left" : "expired";
    }

    /// Prints an operator in one line.
    static void show(Verb verb, Json.Obj operator) {
        verb.context()
                .output()
                .line(ResponseFields.text(operator, "operator") + "  " + ResponseFields.text(operator, "role") + "  "
                        + tenants(operator) + "  " + left(operator, Instant.now()));
    }

    @Command(name = "list", description = "List operators: name, role, tenants, certificate, last change.")
    static final class Listing extends Verb {
        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var operators = ResponseFields.objects(context().coordinator().get(OPERATORS), "operators");
            if (format.json) {
                context().output().json(operators);
                return 0;
            }
            var table = new Table("OPERATOR", "ROLE", "TENANTS", "CERTIFICATE", "CHANGED BY");
            for (var operator : operators) {
                table.row(
                        ResponseFields.text(operator, "operator"),
                        ResponseFields.text(operator, "role"),
                        tenants(operator),
                        left(operator, Instant.now()),
                        ResponseFields.text(operator, "changed_by"));
            }
            context().output().table(table);
            return 0;
        }
    }

    @Command(
            name = "change",
            description = {
                "Give an operator another role and other tenants.",
                "They count for its next call. Programs that it has running in instances end."
            })
    static final class Change extends Verb {
        @Parameters(paramLabel = "NAME", description = "The operator.")
        private String name = "";

        @Mixin
        private Permission permission = new Permission();

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var request = permission.put(this, Json.object()).end();
            return printed(this, format, context().coordinator().post(path(this, name, "change"), request));
        }
    }

    @Command(
            name = "revoke",
            description = {
                "Revoke an operator and all its certificates, for good.",
                "The name is never used again, so that it means one operator in every audit."
            })
    static final class Revoke extends Verb {
        @Parameters(paramLabel = "NAME", description = "The operator.")
        private String name = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            return printed(
                    this,
                    format,
                    context()
                            .coordinator()
                            .post(path(this, name, "revoke"), Json.object().end()));
        }
    }

    private static String path(Verb verb, String name, String action) {
        return OPERATORS + "/" + name(verb, name) + ":" + action;
    }

    private static int printed(Verb verb, Format format, Json.Obj operator) {
        if (format.json) {
            verb.context().output().json(operator);
        } else {
            show(verb, operator);
        }
        return 0;
    }
}
