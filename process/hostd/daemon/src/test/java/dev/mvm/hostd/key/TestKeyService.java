package dev.mvm.hostd.key;

import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeyPayloads;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/// A key service that signs and seals whatever a test wants.
public final class TestKeyService {
    private final Ceremony.Key key = Ceremony.Key.fresh();
    public final Verified<TrustRoot> root;

    NodeId node = Ceremony.NODE;
    Digest fleet;
    Ceremony.Key signer = key;
    Duration life = Duration.ofHours(36);

    private int period;

    /// One of its keys, as it seals it: 32 bytes of `fill`.
    public record Key(TenantId tenant, TenantKey named, boolean primary, NodeId home, int fill) {
        Key(KeyName id, KeyPurpose purpose, int version, boolean primary, NodeId home, int fill, Bytes check) {
            this(Ceremony.DEMO, new TenantKey(id, purpose, version, check), primary, home, fill);
        }

        /// A primary version for things that [Ceremony#NODE] has sealed.
        public Key(TenantId tenant, KeyName id, KeyPurpose purpose, int version, int fill) {
            this(tenant, new TenantKey(id, purpose, version, check(fill)), true, Ceremony.NODE, fill);
        }

        private Key older() {
            return new Key(tenant, named, false, home, fill);
        }

        private boolean same(Key other) {
            return tenant.equals(other.tenant) && named.id().equals(other.named.id());
        }
    }

    /// Stands for the check value of a key of 32 bytes of `fill`.
    static Bytes check(int fill) {
        var out = new byte[TenantKey.CHECK_SIZE];
        Arrays.fill(out, (byte) fill);
        return Bytes.of(out);
    }

    public TestKeyService(Ceremony ceremony) {
        var plain = ceremony.rootWithNodeKey(1);
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.KEYS, Ceremony.keys(1, key));
        root = ceremony.pinned(Ceremony.root(1, plain.issuedAt(), plain.expires(), roles));
        fleet = root.digest();
    }

    private Bytes signed(DocumentType type, byte[] payload) {
        return Bytes.of(Ceremony.signed(type, payload, signer));
    }

    Bytes challenge(int period, Instant time) {
        var challenge = new KeyChallenge(
                fleet, node, Bytes.of(new byte[32]), period, time, time.plus(Duration.ofMinutes(5)), Bytes.EMPTY);
        return signed(KeyChallenge.TYPE, KeyPayloads.of(challenge));
    }

    static KeyStatement read(Bytes statement) {
        try {
            return SignedStatement.parse(Envelope.parse(statement.array(), KeyStatement.TYPE)
                    .payload()
                    .array());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /// A blob that answers a statement.
    Bytes blob(Bytes statement, int period, Instant issued, Key... keys) {
        try (var arena = Arena.ofConfined();
                var messages = HpkeSealer.find()
                        .begin(new NodePublicKey(read(statement).key()), KeyBlob.info())) {
            var sealed = new ArrayList<KeyBlob.Key>();
            for (var each : keys) {
                var aad = KeyBlob.aad(fleet, node, each.tenant(), each.named(), each.home());
                var plain = arena.allocate(32);
                plain.fill((byte) each.fill());
                var message = messages.seal(aad, plain);
                sealed.add(new KeyBlob.Key(each.tenant(), each.named(), each.primary(), each.home(), message));
            }
            var digest = Envelope.parse(statement.array(), KeyStatement.TYPE)
                    .payload()
                    .digest();
            var blob = new KeyBlob(
                    fleet, node, digest, period, issued, issued.plus(life), messages.enc(), List.copyOf(sealed));
            return signed(KeyBlob.TYPE, KeyPayloads.of(blob));
        } catch (KeyException | dev.mvm.protocol.trust.RefusedException e) {
            throw new AssertionError(e);
        }
    }

    /// Has a host take `keys`, in the order in which they were made: the last of each name is the primary one.
    public void bring(HostFixture host, List<Key> keys) {
        period++;
        var all = new ArrayList<Key>();
        for (var key : keys) {
            all.replaceAll(each -> each.same(key) ? each.older() : each);
            all.add(key);
        }
        var challenge = new HostOperation.AnswerChallenge(challenge(period, host.now));
        var statement = ((HostReply.Stated) host.perform(challenge)).statement();
        host.done(new HostOperation.InstallBlob(
                blob(statement, period, host.now.plusSeconds(period), all.toArray(Key[]::new))));
    }
}
