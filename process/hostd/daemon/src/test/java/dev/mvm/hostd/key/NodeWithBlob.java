package dev.mvm.hostd.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.notify.FdName;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.process.Uptime;
import dev.mvm.linux.socket.FakeServiceManager;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A hostd's keys on a real disk, as a restart leaves them: identity key and blob in files, the sealing key in secret
/// memory behind a descriptor that the service manager has kept.
@SuppressWarnings("MustBeClosedChecker") // by close()
final class NodeWithBlob implements AutoCloseable {
    static final int FILL = 7;
    private static final TestKeyService.Key NEW_SNAPSHOT = key("snap", KeyPurpose.SNAPSHOT, 2, FILL);
    private static final TestKeyService.Key OLD_SNAPSHOT = key("snap", KeyPurpose.SNAPSHOT, 1, 1);
    private static final TestKeyService.Key NEW_VOLUME = key("disk", KeyPurpose.VOLUME, 2, FILL + 1);
    private static final TestKeyService.Key OLD_VOLUME = key("disk", KeyPurpose.VOLUME, 1, 2);
    static final TenantKey SNAPSHOT = NEW_SNAPSHOT.named();
    static final TenantKey OLDER_SNAPSHOT = OLD_SNAPSHOT.named();
    static final TenantKey VOLUME = NEW_VOLUME.named();
    static final TenantKey OLDER_VOLUME = OLD_VOLUME.named();

    private final Ceremony ceremony = new Ceremony();
    private final TestKeyService service = new TestKeyService(ceremony);
    private final Verifier verifier = new Verifier(new JdkEd25519());
    private final Libcrypto libcrypto = new Libcrypto();
    private final List<Directory> directories = new ArrayList<>();
    private final Path folder;
    private final DirectoryFiles blobFiles;
    private final NodeIdentity identity;
    private final TrustStore trust;
    private final BlobKeys keys;

    /// Seconds that are added to the machine's uptime.
    long later;

    /// @param folder an empty one
    /// @param others keys of other tenants that the blob has before those of [Ceremony#DEMO]
    NodeWithBlob(Path folder, int others) throws Exception {
        this.folder = folder;
        blobFiles = new DirectoryFiles(directory("blob"));
        identity = new NodeIdentity(directory("keys"), libcrypto);
        identity.make();
        trust = TrustStore.open(
                new DirectoryFiles(directory("trust")),
                verifier,
                service.root,
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> Ceremony.NOW, () -> 0),
                NodeWithBlob::fail);
        keys = restarted(others);
        if (keys.period() != 1) {
            throw new IllegalStateException("the sealing key was not kept: this needs memfd_secret(2)");
        }
    }

    private static TestKeyService.Key key(String id, KeyPurpose purpose, int version, int fill) {
        return new TestKeyService.Key(
                new KeyName(id), purpose, version, version == 2, Ceremony.NODE, fill, TestKeyService.check(fill));
    }

    private static void fail(String line) {
        throw new IllegalStateException(line);
    }

    private Directory directory(String name) throws IOException {
        var directory = Directory.open(Files.createDirectory(folder.resolve(name)));
        directories.add(directory);
        return directory;
    }

    private BlobKeys blobs(ServiceManager manager, List<InheritedFds.Named> inherited) throws IOException {
        var self = new BlobKeys.Self(Ceremony.NODE, NodeMode.DEV, "01234567-89ab-cdef-0123-456789abcdef");
        var kept = new KeptPeriod(manager, inherited, blobFiles, NodeWithBlob::fail);
        return new BlobKeys(self, new Hpke(libcrypto), identity, verifier, trust, () -> Uptime.seconds() + later, kept);
    }

    /// One hostd takes the blob, and the next one has what the first has left.
    private BlobKeys restarted(int others) throws Exception {
        try (var manager = new FakeServiceManager(
                "@mvm-wake-keys-" + ProcessHandle.current().pid())) {
            var first = blobs(ServiceManager.from(manager.environment()), List.of());
            var statement = first.answer(service.challenge(1, Ceremony.NOW));
            first.install(service.blob(statement, 1, Ceremony.NOW, all(others)));
            try (var packet = manager.next()) {
                var name = new String(packet.bytes(), US_ASCII).replaceFirst("(?s).*FDNAME=", "");
                var fd = packet.descriptors().getFirst().move();
                var next = blobs(ServiceManager.from(Map.of()), List.of(new InheritedFds.Named(new FdName(name), fd)));
                next.resume();
                return next;
            }
        }
    }

    private static TestKeyService.Key[] all(int others) {
        var out = new ArrayList<TestKeyService.Key>();
        for (int i = 0; i < others; i++) {
            out.add(new TestKeyService.Key(
                    new TenantId("tenant-" + i), new KeyName("snap"), KeyPurpose.SNAPSHOT, 1, i % 100));
        }
        out.addAll(List.of(OLD_SNAPSHOT, NEW_SNAPSHOT, OLD_VOLUME, NEW_VOLUME));
        return out.toArray(TestKeyService.Key[]::new);
    }

    BlobKeys keys() {
        return keys;
    }

    NodeIdentity identity() {
        return identity;
    }

    @Override
    public void close() {
        directories.forEach(Directory::close);
    }
}
