package dev.mvm.hostd.key;

import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/// The part of a wake in hostd that keys and audit take, in two ways: with keys that are opened for each use out of a
/// blob, and a record that the node signs, and as it was before the key service, with keys that lie open in memory, and
/// a record without a signature. `./dev bench keys` measures both; they differ in nothing else.
///
/// The instance has a volume, and its tenant's keys were rotated: that is as often as a wake ever asks for a key.
public final class WakeKeys implements AutoCloseable {
    static final InstanceAddress INSTANCE =
            new InstanceAddress(Ceremony.DEMO, Ceremony.WEB, new InstanceId("i-00000001"));

    private final NodeWithBlob node;
    private final OpenKeys open;
    private final AuditLog signed;
    private final AuditLog plain;
    private final Hkdf hkdf = new Hkdf(new Libcrypto());

    /// A way to a tenant's key; the methods are those of [BlobKeys].
    interface Lender {
        boolean atHand(TenantId tenant, TenantKey key);

        List<TenantKey> older(TenantId tenant, KeyPurpose purpose, Optional<TenantKey> inForce);

        <T> Optional<T> lend(TenantId tenant, TenantKey key, BlobKeys.Work<T> work) throws IOException;
    }

    /// @param folder an empty one
    /// @param others keys of other tenants that lie in the blob before the tenant's
    public WakeKeys(Path folder, int others) throws Exception {
        node = new NodeWithBlob(folder, others);
        open = new OpenKeys(
                node.keys(),
                Ceremony.DEMO,
                List.of(NodeWithBlob.SNAPSHOT, NodeWithBlob.VOLUME, NodeWithBlob.OLDER_VOLUME),
                List.of(NodeWithBlob.OLDER_SNAPSHOT, NodeWithBlob.OLDER_VOLUME));
        signed = audit(folder.resolve("signed"), true);
        plain = audit(folder.resolve("plain"), false);
    }

    private AuditLog audit(Path directory, boolean sign) throws IOException {
        var audit = new AuditLog(
                directory,
                "hostd",
                InstantSource.system(),
                line -> {
                    throw new IllegalStateException(line);
                },
                sign ? Optional.of(node.identity()::sign) : Optional.empty());
        audit.noted("serve", "", "dev");
        return audit;
    }

    /// As hostd does it.
    public void now() throws IOException {
        keysNow();
        recordNow();
    }

    /// As it was.
    public void before() throws IOException {
        keysBefore();
        recordBefore();
    }

    /// [#now] without the record.
    public void keysNow() throws IOException {
        keys(blob(), (_, _) -> {});
    }

    /// [#before] without the record.
    public void keysBefore() throws IOException {
        keys(open, (_, _) -> {});
    }

    /// The record of [#now].
    public void recordNow() {
        record(signed);
    }

    /// The record of [#before].
    public void recordBefore() {
        record(plain);
    }

    private static void record(AuditLog audit) {
        audit.noted("wake_instance", INSTANCE.toString(), "opened", Optional.of(Ceremony.SOME));
    }

    Lender blob() {
        var keys = node.keys();
        return new Lender() {
            @Override
            public boolean atHand(TenantId tenant, TenantKey key) {
                return keys.atHand(tenant, key);
            }

            @Override
            public List<TenantKey> older(TenantId tenant, KeyPurpose purpose, Optional<TenantKey> inForce) {
                return keys.older(tenant, purpose, inForce);
            }

            @Override
            public <T> Optional<T> lend(TenantId tenant, TenantKey key, BlobKeys.Work<T> work) throws IOException {
                return keys.lend(tenant, key, work);
            }
        };
    }

    Lender open() {
        return open;
    }

    NodeIdentity identity() {
        return node.identity();
    }

    /// The time of the blob is over.
    void expireBlob() {
        node.later = Duration.ofHours(36).toSeconds();
    }

    /// The steps of `LaunchSaga.wake`, `Volumes.open` and `Sealing.opening` that have to do with keys, in their order.
    ///
    /// @param seen gets each derived key's use and bytes before they are wiped
    void keys(Lender keys, BiConsumer<String, MemorySegment> seen) throws IOException {
        if (!keys.atHand(Ceremony.DEMO, NodeWithBlob.SNAPSHOT)) {
            throw new IllegalStateException("the key is not at hand");
        }
        var _ = keys.older(Ceremony.DEMO, KeyPurpose.VOLUME, Optional.of(NodeWithBlob.VOLUME));
        volume(keys, seen);
        var _ = keys.older(Ceremony.DEMO, KeyPurpose.SNAPSHOT, Optional.of(NodeWithBlob.SNAPSHOT));
        snapshot(keys, seen);
    }

    private void volume(Lender keys, BiConsumer<String, MemorySegment> seen) throws IOException {
        var _ = keys.lend(Ceremony.DEMO, NodeWithBlob.VOLUME, key -> {
                    try (var seal = hkdf.derive(key, info("mvm volume v1\nseal"));
                            var slot = hkdf.derive(key, info("mvm volume v1\nslot"))) {
                        seen.accept("seal", seal.bytes());
                        seen.accept("slot", slot.bytes());
                        return true;
                    }
                })
                .orElseThrow();
    }

    private void snapshot(Lender keys, BiConsumer<String, MemorySegment> seen) throws IOException {
        try (var given = SecretMemory.allocate(2 * Hkdf.SIZE)) {
            var _ = keys.lend(Ceremony.DEMO, NodeWithBlob.SNAPSHOT, key -> derive(key, given.bytes(), seen))
                    .orElseThrow();
            try (var _ = given.release()) {
                // a sealer's from then on
            }
        }
    }

    private int derive(MemorySegment key, MemorySegment to, BiConsumer<String, MemorySegment> seen) throws IOException {
        int size = 0;
        for (var use : List.of("wrap", "workingset")) {
            try (var derived = hkdf.derive(key, info("mvm snapshot v1\nsnap/" + use))) {
                to.asSlice(size).copyFrom(derived.bytes());
                seen.accept(use, to.asSlice(size, Hkdf.SIZE));
                size += Hkdf.SIZE;
            }
        }
        return size;
    }

    private static String info(String use) {
        return use + "\n" + INSTANCE.tenant() + "\n" + INSTANCE.instance() + "\n";
    }

    @Override
    public void close() {
        open.close();
        node.close();
    }
}
