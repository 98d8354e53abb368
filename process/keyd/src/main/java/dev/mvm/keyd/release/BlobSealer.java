package dev.mvm.keyd.release;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.keyd.store.ListedKey;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.service.KeyPayloads;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Encrypts tenants' keys to the sealing key of one statement, and signs that.
final class BlobSealer {
    /// Most keys of a blob: what is certain to fit into its payload.
    static final int MOST_KEYS = 2500;

    private final TenantKeys keys;
    private final SigningKey key;
    private final HpkeSealer hpke;

    BlobSealer(TenantKeys keys, SigningKey key, HpkeSealer hpke) {
        this.keys = keys;
        this.key = key;
        this.hpke = hpke;
    }

    /// A key of which all that can be lent goes into a blob.
    ///
    /// @param least lowest version that the grant still allows
    record Granted(ListedKey key, int least) {
        List<ListedKey.Version> versions() {
            return key.versions().stream()
                    .filter(version -> version.number() >= least)
                    .toList();
        }
    }

    /// The place and time that a blob is for.
    record Place(Digest fleet, int period, Instant issued, Instant expires) {}

    /// The signed blob.
    ///
    /// @throws RequestRefusedException `bad_sealing_key` if nothing can be encrypted to the statement's key
    Bytes seal(SignedStatement statement, Place place, List<Granted> granted)
            throws RequestRefusedException, StoreException, SigningException {
        var node = statement.value().node();
        try (var messages = hpke.begin(new NodePublicKey(statement.value().key()), KeyBlob.info())) {
            var sealed = new ArrayList<KeyBlob.Key>();
            for (var each : granted) {
                for (var version : each.versions()) {
                    sealed.add(one(messages, place.fleet(), node, each.key(), version));
                }
            }
            var blob = new KeyBlob(
                    place.fleet(),
                    node,
                    statement.digest(),
                    place.period(),
                    place.issued(),
                    place.expires(),
                    messages.enc(),
                    sealed);
            return signed(KeyBlob.TYPE, KeyPayloads.of(blob));
        } catch (KeyException e) {
            throw new RequestRefusedException(
                    KeydReason.BAD_SEALING_KEY, "the sealing key of node " + node + ": " + e.getMessage());
        }
    }

    private KeyBlob.Key one(
            HpkeSealer.Messages messages, Digest fleet, NodeId node, ListedKey key, ListedKey.Version version)
            throws StoreException, KeyException {
        var place = new KeyPlace(key.tenant(), key.id(), key.purpose(), version.number());
        var named = new TenantKey(key.id(), key.purpose(), version.number(), version.check());
        var aad = KeyBlob.aad(fleet, node, key.tenant(), named, node);
        try (var derived = keys.lend(place, node)) {
            return new KeyBlob.Key(
                    key.tenant(), named, version.number() == key.primary(), node, messages.seal(aad, derived.bytes()));
        }
    }

    /// An envelope that this service has signed.
    Bytes signed(DocumentType type, byte[] payload) throws SigningException {
        var unsigned = Envelopes.unsigned(type, payload);
        var signature = Bytes.of(key.sign(unsigned.signedBytes()));
        return Bytes.of(Envelopes.bytes(Envelopes.signed(
                unsigned, new Envelope.Signature(key.verifyKey().id(), signature))));
    }
}
