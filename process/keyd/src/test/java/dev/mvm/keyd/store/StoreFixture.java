package dev.mvm.keyd.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Grant;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// A store with a master key in files, in two directories of one.
final class StoreFixture {
    static final TenantId DEMO = new TenantId("demo");
    static final TenantId RIVAL = new TenantId("rival");
    static final KeyName DISK = new KeyName("disk");
    static final KeyName SNAP = new KeyName("snap");
    static final NodeId HOME = new NodeId("edge-1");

    final Path store;
    final Path masters;
    final FakeClock clock = new FakeClock();

    StoreFixture(Path folder) throws IOException {
        store = folder.resolve("store");
        masters = Files.createDirectory(
                folder.resolve("masters"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    static GrantKeys grant(TenantId tenant, int version, Grant.Key... keys) {
        return new GrantKeys(tenant, version, List.of(keys));
    }

    static Grant.Key disk(int minVersion) {
        return new Grant.Key(DISK, KeyPurpose.VOLUME, minVersion);
    }

    static Grant.Key snap(int minVersion) {
        return new Grant.Key(SNAP, KeyPurpose.SNAPSHOT, minVersion);
    }

    static KeyPlace disk(TenantId tenant, int version) {
        return new KeyPlace(tenant, DISK, KeyPurpose.VOLUME, version);
    }

    MasterKey master() throws StoreException {
        return new HeldMasterKey(new EpochFiles(masters), new KeyCipher());
    }

    StoreFixture made() throws StoreException {
        try (var master = master()) {
            KeyStores.init(store, master);
        }
        return this;
    }

    @MustBeClosed
    KeyStore open() throws StoreException {
        return KeyStores.open(store, master(), clock);
    }

    static Bytes lent(KeyStore store, KeyPlace place) throws StoreException {
        return lent(store, place, HOME);
    }

    static Bytes lent(KeyStore store, KeyPlace place, NodeId home) throws StoreException {
        try (var key = store.lend(place, home)) {
            return bytes(key);
        }
    }

    static Bytes bytes(SecretMemory memory) {
        return Bytes.of(memory.bytes().toArray(ValueLayout.JAVA_BYTE));
    }

    /// Everything that can be lent, as it is lent.
    static Map<String, Bytes> all(KeyStore store) throws StoreException {
        var out = new TreeMap<String, Bytes>();
        for (var key : store.list()) {
            for (var version : key.versions()) {
                var place = new KeyPlace(key.tenant(), key.id(), key.purpose(), version.number());
                out.put(place.toString(), lent(store, place));
            }
        }
        return out;
    }

    static void refused(StoreException.Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> org.assertj.core.api.Assertions.assertThat(e.reason())
                                .as(e.getMessage())
                                .isEqualTo(reason));
    }

    /// Every file below a directory.
    static List<Path> files(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            return new ArrayList<>(all.filter(Files::isRegularFile).toList());
        }
    }

    static void copy(Path from, Path to) throws IOException {
        for (var file : files(from)) {
            var target = to.resolve(from.relativize(file));
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
        }
    }
}
