package dev.mvm.protocol.keyd.service;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/// A key service and a node with keys of their own, under one trust root.
final class KeyService {
    static final NodeId NODE = new NodeId("n-1");
    static final TenantId DEMO = new TenantId("demo");
    static final KeyName DISK = new KeyName("disk");
    static final Instant NOW = Ceremony.NOW;
    static final Digest FLEET = Digest.of(new byte[] {1});
    static final Bytes CHECK = Bytes.of(new byte[16]);
    static final Bytes SEALED = Bytes.of(new byte[48]);
    static final Bytes KEY = Bytes.of(new byte[32]);
    static final String BOOT = "01234567-89ab-cdef-0123-456789abcdef";

    final Ceremony ceremony = new Ceremony();
    final Ceremony.Key keys = Ceremony.Key.fresh();
    final Ceremony.Key identity = Ceremony.Key.fresh();

    SignatureCheck check() {
        return new JdkEd25519();
    }

    Verified<TrustRoot> root() {
        return ceremony.pinned(document());
    }

    /// A root with role `keys`.
    TrustRoot document() {
        var plain = ceremony.rootWithNodeKey(1);
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.KEYS, Ceremony.keys(1, keys));
        return Ceremony.root(1, plain.issuedAt(), plain.expires(), roles);
    }

    static KeyChallenge challenge() {
        return new KeyChallenge(FLEET, NODE, KEY, 7, NOW, NOW.plus(Duration.ofMinutes(5)), Bytes.EMPTY);
    }

    static KeyStatement statement() {
        return new KeyStatement(
                FLEET,
                NODE,
                Digest.of(KeyPayloads.of(challenge())),
                BOOT,
                KEY,
                NodeMode.DEV,
                List.of(new KeyStatement.FloorKey(DEMO, DISK, 3, CHECK)));
    }

    static KeyBlob blob() {
        return blob(List.of(key(3, true, NODE), key(2, false, NODE), key(3, false, new NodeId("n-2"))));
    }

    static KeyBlob blob(List<KeyBlob.Key> keys) {
        return new KeyBlob(
                FLEET,
                NODE,
                statement().unsigned().payload().digest(),
                7,
                NOW,
                NOW.plus(Duration.ofHours(36)),
                KEY,
                keys);
    }

    static KeyBlob.Key key(int version, boolean primary, NodeId home) {
        return new KeyBlob.Key(DEMO, new TenantKey(DISK, KeyPurpose.VOLUME, version, CHECK), primary, home, SEALED);
    }

    /// A statement's envelope, signed by a key.
    static byte[] signed(KeyStatement statement, Ceremony.Key by) {
        var unsigned = statement.unsigned();
        return KeyStatement.signed(unsigned, by.verifyKey().id(), Bytes.of(by.sign(unsigned.signedBytes())));
    }

    Optional<VerifyKey> identities(KeyId id) {
        return Optional.of(identity.verifyKey()).filter(key -> key.id().equals(id));
    }
}
