package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.crypto.sign.WholeFile;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Fetches a tenant's audit from its nodes.
@Command(
        name = "export",
        description = {
            "Fetch a tenant's audit from its nodes, one file per node.",
            "Prints each file's name and number of lines. mvm audit verify checks the files."
        })
final class AuditExport extends Verb {
    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "Tenant whose audit to fetch.")
    private String tenant = "";

    @Option(
            names = "--node",
            paramLabel = "NODE",
            description = "Fetch from this node only. Default: all connected nodes.")
    private Optional<String> node = Optional.empty();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Time such as 2026-01-31T12:00:00Z. Begin at the last signed checkpoint before it.")
    private Optional<String> since = Optional.empty();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Directory for the new files TENANT-NODE.jsonl. Default: the working directory.")
    private Path out = Path.of("");

    @Override
    int run() throws Failure, IOException {
        var name = argument(tenant, TenantId::new);
        var from = since.map(text -> argument(text, AuditExport::time));
        var coordinator = context().coordinator();
        long lines = 0;
        for (var each : nodes(coordinator)) {
            lines += export(coordinator, name, each, from);
        }
        if (lines == 0) {
            throw new Failure("no connected node has an audit of " + name);
        }
        return 0;
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "invalid time in --since: " + text + ", expected one such as 2026-01-31T12:00:00Z");
        }
    }

    private List<NodeId> nodes(CoordinatorClient coordinator) throws Failure {
        if (node.isPresent()) {
            return List.of(argument(node.get(), NodeId::new));
        }
        var found = new ArrayList<NodeId>();
        for (var each : ResponseFields.objects(coordinator.get("/v1/nodes"), "nodes")) {
            if (ResponseFields.text(each, "link").equals("connected")) {
                found.add(name(ResponseFields.text(each, "node")));
            } else {
                System.err.println("mvm: node " + ResponseFields.text(each, "node") + " is not connected, skipped");
            }
        }
        return found;
    }

    private static NodeId name(String text) throws Failure {
        try {
            return new NodeId(text); // becomes part of a file's name
        } catch (IllegalArgumentException e) {
            throw new Failure("invalid node id in the coordinator's response");
        }
    }

    private long export(CoordinatorClient coordinator, TenantId name, NodeId from, Optional<Instant> start)
            throws Failure, IOException {
        var path = "/v1/nodes/" + from + "/audits/" + name;
        var part =
                coordinator.get(path + start.map(moment -> "?since=" + moment).orElse(""));
        if (lines(part).length == 0) {
            return 0;
        }
        Files.createDirectories(out.toAbsolutePath());
        var file = out.resolve(name + "-" + from + ".jsonl");
        if (Files.exists(file)) {
            throw new Failure("file exists, not overwritten: " + file);
        }
        var digest = Digest.sha256();
        var unfinished = WholeFile.unfinished(file);
        long lines = written(unfinished, digest, coordinator, path, part);
        var meant = digest.digest();
        WholeFile.<IOException>adopt(unfinished, file, written -> readBack(written, meant));
        context().output().line(file + "  " + lines);
        return lines;
    }

    /// Writes this part and all later ones to a file, which is removed if one of them fails.
    private static long written(
            Path file, MessageDigest digest, CoordinatorClient coordinator, String path, Json.Obj first)
            throws Failure, IOException {
        boolean whole = false;
        try {
            long lines = 0;
            var open = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try (var to = new DigestOutputStream(open, digest)) {
                lines += write(to, lines(first));
                long asked = ResponseFields.number(first, "first");
                long next = ResponseFields.number(first, "next");
                while (next > asked) { // a malicious coordinator may repeat a part for ever
                    asked = next;
                    var part = coordinator.get(path + "?from=" + next);
                    next = ResponseFields.number(part, "next");
                    lines += write(to, lines(part));
                }
            }
            whole = true;
            return lines;
        } finally {
            if (!whole) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void readBack(Path written, byte[] meant) throws IOException {
        var digest = Digest.sha256();
        try (var in = new DigestInputStream(Files.newInputStream(written), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        if (!MessageDigest.isEqual(digest.digest(), meant)) {
            throw new IOException(written + " differs from what was written: the disk may be faulty");
        }
    }

    private static byte[] lines(Json.Obj part) throws Failure {
        try {
            return Base64.getDecoder().decode(ResponseFields.text(part, "lines"));
        } catch (IllegalArgumentException e) {
            throw new Failure("invalid audit data in the coordinator's response");
        }
    }

    private static long write(OutputStream to, byte[] bytes) throws IOException {
        to.write(bytes);
        long lines = 0;
        for (byte each : bytes) {
            lines += each == '\n' ? 1 : 0;
        }
        return lines;
    }
}
