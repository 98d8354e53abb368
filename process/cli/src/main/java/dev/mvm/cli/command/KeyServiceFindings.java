package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.command.DoctorCommand.Level;
import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import java.util.List;
import java.util.function.BiConsumer;

/// Checks the key service, and the keys that nodes have from it.
final class KeyServiceFindings {
    private static final int MOST_NAMED = 20;

    private final BiConsumer<Level, String> find;

    private KeyServiceFindings(BiConsumer<Level, String> find) {
        this.find = find;
    }

    /// @param nodes as the coordinator lists them
    /// @param find receives each finding
    static void look(CoordinatorClient coordinator, List<Json.Obj> nodes, BiConsumer<Level, String> find) {
        Json.Obj service;
        try {
            service = coordinator.get("/v1/key-service");
        } catch (Failure e) {
            find.accept(Level.WRONG, "the coordinator does not tell of the key service: " + e.getMessage());
            return;
        }
        var findings = new KeyServiceFindings(find);
        findings.service(service);
        findings.lacking(service);
        nodes.forEach(findings::node);
    }

    private void service(Json.Obj service) {
        var reason = ResponseFields.text(service, "reason");
        if (!ResponseFields.flag(service, "reachable")) {
            find.accept(
                    Level.WRONG,
                    "the key service does not answer the coordinator (" + reason
                            + "): nodes get no keys until it does; its log says why");
            return;
        }
        var state = ResponseFields.text(service, "state");
        if (state.equals("serving")) {
            find.accept(
                    Level.OK,
                    "the key service serves, trust root " + ResponseFields.number(service, "root_version")
                            + ", master key of epoch " + ResponseFields.number(service, "epoch"));
        } else {
            find.accept(
                    Level.WRONG,
                    "the key service is " + state + " (" + reason
                            + "): nodes get no keys; on its machine: mvm-keyd status");
        }
    }

    private void lacking(Json.Obj service) {
        long all = ResponseFields.number(service, "lacking_total");
        if (!ResponseFields.flag(service, "reachable")) {
            if (all > 0) {
                find.accept(
                        Level.WARNING,
                        "the coordinator does not know whether " + all + " documents have reached the key service");
            }
            return;
        }
        List<Json.Obj> documents;
        try {
            documents = ResponseFields.objects(service, "lacking");
        } catch (Failure e) {
            documents = List.of();
        }
        documents.stream()
                .limit(MOST_NAMED)
                .forEach(each -> find.accept(
                        Level.WRONG,
                        "the key service lacks " + name(each) + ": " + ResponseFields.text(each, "reason")));
        if (all > MOST_NAMED) {
            find.accept(Level.WRONG, "the key service lacks " + (all - MOST_NAMED) + " more documents");
        }
    }

    private static String name(Json.Obj document) {
        var subject = ResponseFields.text(document, "subject");
        return switch (ResponseFields.text(document, "kind")) {
            case "grant" -> "the grant of " + subject;
            case "node" -> "the document of node " + subject;
            case "tombstone" -> "the tombstone of " + subject;
            case "root" -> "trust root " + subject;
            default -> "the measurements, version " + subject;
        };
    }

    private void node(Json.Obj node) {
        var name = "node " + ResponseFields.text(node, "node");
        if (!ResponseFields.text(node, "link").equals("connected")) {
            return;
        }
        var fault = ResponseFields.text(node, "keys_fault");
        var until = ResponseFields.text(node, "keys_expire");
        if (!fault.isEmpty()) {
            find.accept(
                    Level.WARNING,
                    name + " has not got its keys (" + fault + ")"
                            + (until.isEmpty() ? "" : "; those that it has end at " + until));
        } else if (!until.isEmpty()) {
            find.accept(
                    Level.OK,
                    name + " has keys of period " + ResponseFields.number(node, "key_period") + ", until " + until);
        }
        ResponseFields.object(node, "keys_refused")
                .members()
                .forEach((tenant, reason) ->
                        find.accept(Level.WARNING, name + " gets no keys of " + tenant + " (" + text(reason) + ")"));
    }

    private static String text(Json reason) {
        return reason instanceof Json.Str(var text) ? text : "unspecified";
    }
}
