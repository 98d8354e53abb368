package dev.mvm.coordinator.transparency;

import com.google.protobuf.ByteString;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// The end of the log: everything that an append needs, and the signed head that covers the log.
///
/// @param size number of states
/// @param frontier roots of the complete subtrees that make up the tree, the largest first: one for each bit of
///     `size`
/// @param issuedAt time at which the head was signed
/// @param head the envelope of the tree head, empty for the empty log
public record LogHead(long size, List<Digest> frontier, Instant issuedAt, ByteString head) {
    static final LogHead NONE = new LogHead(0, List.of(), Instant.EPOCH, ByteString.EMPTY);

    private static final int MAX_BYTES = 64 * 1024;

    public LogHead {
        frontier = List.copyOf(frontier);
        if (size < 0 || frontier.size() != Long.bitCount(size) || head.isEmpty() != (size == 0)) {
            throw new IllegalArgumentException("a log of " + size + " states has another frontier");
        }
    }

    /// Returns the tree's hash.
    ///
    /// @throws IllegalStateException for the empty log, which has no head
    public Digest root() {
        if (frontier.isEmpty()) {
            throw new IllegalStateException("an empty log has no head");
        }
        return root(frontier);
    }

    static Digest root(List<Digest> frontier) {
        var hash = frontier.getLast();
        for (int i = frontier.size() - 2; i >= 0; i--) {
            hash = Merkle.node(frontier.get(i), hash);
        }
        return hash;
    }

    /// Returns the tree with one more leaf.
    public AppendedTree with(Digest leaf) {
        var made = new ArrayList<Subtree>();
        var next = new ArrayList<>(frontier);
        var hash = leaf;
        int level = 0;
        made.add(new Subtree(level, size, hash));
        for (long at = size; (at & 1) == 1; at >>= 1) {
            hash = Merkle.node(next.removeLast(), hash);
            made.add(new Subtree(++level, at >> 1, hash));
        }
        next.add(hash);
        return new AppendedTree(size + 1, next, made);
    }

    static LogHead parse(byte[] text) throws JsonException {
        var fields = Json.parseObject(text, new JsonLimits(MAX_BYTES, 4, MAX_BYTES, true))
                .fields();
        long size = fields.integer("size", 0, Long.MAX_VALUE);
        var frontier = fields.strings("edge", Long.SIZE, Digest::new);
        var issuedAt = fields.parsed("issued_at", Instant::parse);
        var head = fields.parsed("head", Base64.getDecoder()::decode);
        fields.end();
        if (head.length > DocumentType.TREE_HEAD.maxEnvelopeBytes()) {
            throw new JsonException("the head is too large");
        }
        try {
            return new LogHead(size, frontier, issuedAt, ByteString.copyFrom(head));
        } catch (IllegalArgumentException e) {
            throw JsonException.of(e);
        }
    }

    byte[] bytes() {
        return Json.object()
                .put("size", size)
                .put(
                        "edge",
                        frontier.stream().map(hash -> Json.of(hash.value())).toList())
                .put("issued_at", issuedAt.toString())
                .put("head", Base64.getEncoder().encodeToString(head.toByteArray()))
                .end()
                .bytes();
    }
}
