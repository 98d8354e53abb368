package dev.mvm.protocol.keyd.service;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.property.Draw;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.TenantKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// Generated documents, requests and answers.
final class Drawn {
    private static final String PRINTABLE = "az09 ~{}\":,_-";

    private Drawn() {}

    static KeyChallenge challenge(Draw draw) {
        var time = moment(draw);
        return new KeyChallenge(
                digest(draw),
                node(draw),
                bytes(draw, 32),
                draw.intBetween(1, Integer.MAX_VALUE),
                time,
                time.plusSeconds(draw.intBetween(1, 1000)),
                Bytes.of(draw.bytes(0, 20)));
    }

    static KeyStatement statement(Draw draw) {
        var names = new HashSet<String>();
        var keys = new ArrayList<KeyStatement.FloorKey>();
        for (var key : draw.list(0, 4, () -> floorKey(draw))) {
            if (names.add(key.tenant() + "/" + key.id())) {
                keys.add(key);
            }
        }
        return new KeyStatement(
                digest(draw),
                node(draw),
                digest(draw),
                draw.text(8, 8, "09af") + "-0123-4567-89ab-cdef01234567",
                bytes(draw, 32),
                draw.one(NodeMode.DEV, NodeMode.HARDENED),
                keys);
    }

    static KeyBlob blob(Draw draw) {
        var issued = moment(draw);
        var node = node(draw);
        var places = new HashSet<String>();
        var primary = new HashSet<String>();
        var keys = new ArrayList<KeyBlob.Key>();
        for (var key : draw.list(0, 4, () -> key(draw, node))) {
            var name = key.tenant() + "/" + key.key().id();
            if (places.add(name + "/" + key.key().version() + "/" + key.home())
                    && (!key.primary() || primary.add(name))) {
                keys.add(key);
            }
        }
        return new KeyBlob(
                digest(draw),
                node,
                digest(draw),
                draw.intBetween(1, Integer.MAX_VALUE),
                issued,
                issued.plusSeconds(draw.intBetween(1, 1000)),
                bytes(draw, 32),
                keys);
    }

    private static KeyBlob.Key key(Draw draw, NodeId node) {
        boolean primary = draw.flag();
        return new KeyBlob.Key(
                tenant(draw),
                new TenantKey(
                        name(draw),
                        draw.of(List.of(KeyPurpose.values())),
                        draw.intBetween(1, Integer.MAX_VALUE),
                        bytes(draw, 16)),
                primary,
                primary ? node : node(draw),
                bytes(draw, 48));
    }

    private static KeyStatement.FloorKey floorKey(Draw draw) {
        return new KeyStatement.FloorKey(
                tenant(draw), name(draw), draw.intBetween(1, Integer.MAX_VALUE), bytes(draw, 16));
    }

    static KeydRequest request(Draw draw) {
        return switch (draw.intBetween(0, 7)) {
            case 0 -> new KeydRequest.AskStatus();
            case 1 -> new KeydRequest.Rewrap();
            case 2 -> new KeydRequest.Publish(Bytes.of(draw.bytes(0, 50)));
            case 3 -> new KeydRequest.Challenge(node(draw), Bytes.of(draw.bytes(0, 50)));
            case 4 ->
                new KeydRequest.Seal(
                        Bytes.of(draw.bytes(0, 20)),
                        Bytes.of(draw.bytes(0, 20)),
                        Bytes.of(draw.bytes(0, 20)),
                        Bytes.of(draw.bytes(0, 20)));
            case 5 -> new KeydRequest.Rotate(tenant(draw), name(draw));
            case 6 -> new KeydRequest.ListKeys(draw.flag() ? Optional.of(tenant(draw)) : Optional.empty());
            default ->
                new KeydRequest.ListReleases(
                        draw.flag() ? Optional.of(tenant(draw)) : Optional.empty(),
                        draw.flag() ? Optional.of(node(draw)) : Optional.empty(),
                        draw.between(0, Long.MAX_VALUE),
                        draw.intBetween(0, 0xffff));
        };
    }

    static KeydReply reply(Draw draw) {
        var reason = draw.text(1, 40, "az09_");
        var text = draw.text(0, 40, PRINTABLE);
        return switch (draw.intBetween(0, 8)) {
            case 0 -> new KeydReply.Done();
            case 1 -> new KeydReply.Refused(reason, text);
            case 2 -> new KeydReply.Failed(reason, text);
            case 3 -> new KeydReply.Challenged(Bytes.of(draw.bytes(0, 50)));
            case 4 ->
                new KeydReply.Sealed(
                        Bytes.of(draw.bytes(0, 50)),
                        draw.list(0, 3, () -> new KeydReply.RefusedTenant(tenant(draw), reason)));
            case 5 -> new KeydReply.Rotated(draw.intBetween(1, Integer.MAX_VALUE));
            case 6 -> new KeydReply.Keys(draw.list(0, 3, () -> stored(draw)));
            case 7 -> new KeydReply.Releases(draw.list(0, 3, () -> draw.text(0, 40, PRINTABLE)));
            default -> new KeydReply.Status(text);
        };
    }

    private static KeydReply.StoredKey stored(Draw draw) {
        return new KeydReply.StoredKey(
                tenant(draw),
                name(draw),
                draw.of(List.of(KeyPurpose.values())),
                draw.intBetween(0, Integer.MAX_VALUE),
                draw.list(
                        0,
                        3,
                        () -> new KeydReply.StoredVersion(
                                draw.intBetween(1, Integer.MAX_VALUE),
                                bytes(draw, 16),
                                draw.between(0, Long.MAX_VALUE))));
    }

    private static Instant moment(Draw draw) {
        return Instant.ofEpochSecond(draw.between(0, 4_000_000_000L));
    }

    private static Digest digest(Draw draw) {
        return Digest.of(draw.bytes(0, 2));
    }

    private static Bytes bytes(Draw draw, int size) {
        return Bytes.of(draw.bytes(size, size));
    }

    private static NodeId node(Draw draw) {
        return new NodeId(draw.one("n", "n-1", "n-2", "x".repeat(63)));
    }

    private static TenantId tenant(Draw draw) {
        return new TenantId(draw.one("t", "demo", "acme", "y".repeat(63)));
    }

    private static KeyName name(Draw draw) {
        return new KeyName(draw.one("k", "disk", "z".repeat(63)));
    }
}
