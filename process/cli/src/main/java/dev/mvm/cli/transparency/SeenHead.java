package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.Anchor;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.transparency.LogProof;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// A head of the log as one party has it.
///
/// @param from name of the party, for people: a file or a node
/// @param envelope signed by the coordinator; empty for a head that a node only reports
public record SeenHead(String from, long size, Digest root, Optional<Bytes> envelope) {
    private static final int MAX_REPORT = 16 << 20;

    /// Verifies a signed head.
    ///
    /// @throws Failure if the coordinator's signature is invalid
    public static SeenHead signed(String from, byte[] envelope, Anchor anchor) throws Failure {
        try {
            var head = anchor.treeHead(envelope).value();
            return new SeenHead(from, head.size(), head.rootHash(), Optional.of(Bytes.of(envelope)));
        } catch (RefusedException e) {
            throw new Failure("head in " + from + ": verification failed: " + e.getMessage());
        }
    }

    /// Reads the heads in a file: a signed head, the proof that a node keeps (`proof.json`), or the output of
    /// `mvm node info --json` or `GET /v1/nodes`.
    ///
    /// @return the heads; nodes without a log have none
    /// @throws Failure if the file is invalid or a signature is
    public static List<SeenHead> read(String from, byte[] content, Anchor anchor) throws Failure {
        var object = parsed(from, content);
        if (object.members().containsKey("payloadType")) {
            return List.of(signed(from, content, anchor));
        }
        if (object.members().containsKey("inclusion")) {
            return List.of(signed(from, proof(from, content).head().array(), anchor));
        }
        var out = new ArrayList<SeenHead>();
        if (object.members().get("nodes") instanceof Json.Arr(var items)) {
            for (var item : items) {
                if (item instanceof Json.Obj node) {
                    reported(from, node).ifPresent(out::add);
                }
            }
            return out;
        }
        if (object.members().containsKey("node")) {
            reported(from, object).ifPresent(out::add);
            return out;
        }
        throw new Failure("neither a head nor a proof nor a report of a node: " + from);
    }

    private static Json.Obj parsed(String from, byte[] content) throws Failure {
        try {
            return Json.parseObject(content, JsonLimits.foreign(MAX_REPORT));
        } catch (JsonException e) {
            throw new Failure("not JSON: " + from + ": " + e.getMessage());
        }
    }

    private static LogProof proof(String from, byte[] content) throws Failure {
        try {
            return LogProof.parse(content);
        } catch (RefusedException e) {
            throw new Failure("not a proof: " + from + ": " + e.getMessage());
        }
    }

    /// Reads the head in a node's report, which is not signed.
    public static Optional<SeenHead> reported(String from, Json.Obj node) throws Failure {
        var name = node.members().get("node") instanceof Json.Str(var text) ? text.replaceAll("[^ -~]", "?") : "?";
        try {
            long size = switch (node.members().get("log_size")) {
                case Json.Str(var digits) -> Long.parseLong(digits);
                case Json.Int(var number) -> number;
                case null, default -> 0;
            };
            if (size > 0 && node.members().get("log_root") instanceof Json.Str(var root)) {
                return Optional.of(new SeenHead("node " + name, size, new Digest(root), Optional.empty()));
            }
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new Failure("invalid head of node " + name + " in " + from);
        }
    }

    /// Returns a short description for people.
    String brief() {
        return from + " (" + size + " states, " + root.hex().substring(0, 12) + ")";
    }

    Json json() {
        return Json.object()
                .put("from", from)
                .put("size", size)
                .put("root_hash", root.value())
                .put(
                        "envelope",
                        envelope.map(bytes -> Base64.getEncoder().encodeToString(bytes.array()))
                                .orElse(""))
                .end();
    }
}
