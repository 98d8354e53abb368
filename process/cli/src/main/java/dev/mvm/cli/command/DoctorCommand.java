package dev.mvm.cli.command;

import static java.time.ZoneOffset.UTC;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Checks the fleet and key files: problems, limits, and remedies.
@Command(
        name = "doctor",
        description = {"Check the fleet and key files for problems and limits.", "Exit status 1 if something is wrong."
        })
final class DoctorCommand extends Verb {
    private static final Duration ROOT_NOTICE = Duration.ofDays(30);
    private static final Duration GRANT_NOTICE = Duration.ofDays(14);

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "Check this key file, without its passphrase; repeatable. Default: all files *.key in the"
                    + " working directory and beside the settings file.")
    private List<Path> keys = List.of();

    @Mixin
    private Format format = new Format();

    private final List<Finding> findings = new ArrayList<>();

    /// Weight of a finding. Its word begins the line for people, and is in the document for programs.
    enum Level {
        OK("ok"),
        NOTE("note"),
        WARNING("warn"),
        WRONG("wrong");

        private final String word;

        Level(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    private record Finding(Level level, String what) {}

    @Override
    int run() throws Failure {
        keys();
        coordinator();
        boolean wrong = findings.stream().anyMatch(finding -> finding.level == Level.WRONG);
        if (format.json) {
            context()
                    .output()
                    .json(Json.object()
                            .put("healthy", !wrong)
                            .put(
                                    "findings",
                                    findings.stream().map(DoctorCommand::json).toList())
                            .end());
        } else {
            findings.forEach(
                    finding -> context().output().line("%-6s %s".formatted(finding.level.word(), finding.what)));
        }
        return wrong ? 1 : 0;
    }

    private void find(Level level, String what) {
        findings.add(new Finding(level, what));
    }

    private static Json json(Finding finding) {
        return Json.object()
                .put("level", finding.level.word())
                .put("what", finding.what)
                .end();
    }

    private void keys() {
        for (var key : keys) {
            try {
                if (DocumentFiles.keyLabel(key) == KeyFile.Label.WRONG) {
                    find(Level.WRONG, KeyFindings.mislabelled(key));
                } else {
                    find(Level.OK, "the key " + key + " has a correct label");
                }
            } catch (Failure e) {
                find(Level.WRONG, String.valueOf(e.getMessage()));
            }
        }
        if (keys.isEmpty()) {
            KeyFindings.look(
                    List.of(Path.of(""), context().settingsDirectory()),
                    text -> find(Level.WRONG, text),
                    text -> find(Level.NOTE, text));
        }
    }

    private void coordinator() throws Failure {
        List<Json.Obj> nodes;
        try {
            nodes = ResponseFields.objects(context().coordinator().get("/v1/nodes"), "nodes");
        } catch (Failure e) {
            find(Level.WRONG, String.valueOf(e.getMessage()));
            return;
        }
        find(Level.OK, "the coordinator answers");
        if (nodes.isEmpty()) {
            find(Level.WRONG, "no node is enrolled");
        }
        for (var node : nodes) {
            node(node);
        }
        documents();
        KeyServiceFindings.look(context().coordinator(), nodes, this::find);
        new InstanceFindings(context().coordinator(), this::find).look();
    }

    private void node(Json.Obj node) throws Failure {
        var name = "node " + ResponseFields.text(node, "node");
        if (!ResponseFields.text(node, "link").equals("connected")) {
            find(
                    Level.WRONG,
                    name + " is not connected: it keeps its last state until that expires at "
                            + ResponseFields.text(node, "state_expires"));
            return;
        }
        find(Level.OK, name + " is connected, " + ResponseFields.text(node, "mode") + " mode");
        certificate(name, node);
        var outOfService = ResponseFields.texts(node, "out_of_service");
        outOfService.forEach(line -> find(Level.WRONG, name + " is out of service: " + line));
        if (!outOfService.isEmpty()) {
            return; // nothing else is known of such a node
        }
        state(name, node);
        document(name, node);
        VmmSupport.notice(ResponseFields.text(node, "vmm"), LocalDate.now(UTC))
                .ifPresent(text -> find(Level.NOTE, name + ": " + text));
        var refusals = ResponseFields.numbers(node, "refusals");
        if (!refusals.isEmpty()) {
            find(
                    Level.WARNING,
                    name + " refused requests: " + refusals + "; its audit files have the details (mvm audit export)");
        }
        security(name, node);
        NodeKeyFindings.look(name, node, this::find);
        ResponseFields.texts(node, "limits").forEach(limit -> find(Level.NOTE, name + ": " + limit));
    }

    /// Agents of earlier versions do not report their certificate.
    private void certificate(String name, Json.Obj node) {
        var expires = ResponseFields.text(node, "certificate_expires");
        var fault = ResponseFields.text(node, "certificate_fault");
        if (!fault.isEmpty()) {
            find(
                    Level.WARNING,
                    "the certificate of " + name + " expires at " + expires + " and was not renewed (" + fault
                            + "); the agent's log says why, and mvm-coordinator enrol makes another");
        } else if (!expires.isEmpty()) {
            find(Level.OK, "the certificate of " + name + ": " + CertificateDays.left(expires));
        }
    }

    private void state(String name, Json.Obj node) {
        var refused = ResponseFields.text(node, "state_refused");
        if (!refused.isEmpty()) {
            find(Level.WRONG, name + " refused the last state: " + refused);
        } else if (ResponseFields.number(node, "sequence_installed") == 0) {
            find(Level.WRONG, name + " has no signed state in force: nothing starts there");
        } else {
            find(
                    Level.OK,
                    name + " has signed state " + ResponseFields.number(node, "sequence_installed") + ", valid until "
                            + ResponseFields.text(node, "state_expires"));
        }
    }

    private void document(String name, Json.Obj node) {
        var expires = ResponseFields.text(node, "document_expires");
        if (ResponseFields.text(node, "node_key").isEmpty()) {
            find(Level.WARNING, name + " has no document with a key, so it gets no tenant keys (mvm node init)");
        } else if (!expires.isEmpty() && !Instant.now().isBefore(Instant.parse(expires))) {
            find(Level.WRONG, "the document of " + name + " expired at " + expires + ": it gets no tenant keys");
        } else {
            expiry("the document of " + name, expires, ROOT_NOTICE);
        }
    }

    private void security(String name, Json.Obj node) throws Failure {
        ResponseFields.objects(node, "security").stream()
                .filter(finding -> ResponseFields.text(finding, "name").equals("secret memory"))
                .filter(finding -> ResponseFields.flag(finding, "holds"))
                .forEach(finding -> secrets(name, ResponseFields.text(finding, "found")));
        var level = ResponseFields.text(node, "mode").equals("hardened") ? Level.WRONG : Level.NOTE;
        ResponseFields.objects(node, "security").stream()
                .filter(finding -> !ResponseFields.flag(finding, "holds"))
                .forEach(finding -> find(
                        level,
                        name + ": hardened-mode check failed: " + ResponseFields.text(finding, "name") + ": "
                                + ResponseFields.text(finding, "found")));
    }

    /// Tells by what a node keeps keys in memory. One of an earlier version does not say.
    private void secrets(String name, String means) {
        switch (means) {
            case "memfd_secret" ->
                find(Level.OK, name + " has keys in memory that its kernel cannot read (memfd_secret)");
            case "mlock" ->
                find(
                        Level.WARNING,
                        name + " has keys in memory that is locked and no more (mlock): its kernel has no memfd_secret,"
                                + " so no instance sleeps and no volume opens");
            default -> {}
        }
    }

    private void documents() throws Failure {
        var roots = context().coordinator().get("/v1/roots");
        if (!ResponseFields.flag(roots, "signs")) {
            find(
                    Level.WRONG,
                    "the coordinator's key has no role in the trust root: the coordinator signs no states"
                            + " (docs/operations/trust-runbook.md, 6)");
        }
        var newest = ResponseFields.objects(roots, "roots").getLast();
        expiry("the trust root", ResponseFields.text(newest, "expires"), ROOT_NOTICE);
        for (var tenant : ResponseFields.objects(context().coordinator().get("/v1/tenants"), "tenants")) {
            expiry(
                    "the grant of " + ResponseFields.text(tenant, "tenant"),
                    ResponseFields.text(tenant, "grant_expires"),
                    GRANT_NOTICE);
        }
    }

    private void expiry(String what, String expires, Duration notice) {
        var now = Instant.now();
        Expiry.notice(what, expires, now, notice)
                .ifPresent(text -> find(now.isBefore(Instant.parse(expires)) ? Level.WARNING : Level.WRONG, text));
    }
}
