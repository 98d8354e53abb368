package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.keyd.store.StoreException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;

@SuppressWarnings("MustBeClosedChecker") // what a refused call would have opened, and what the directory goes with
final class FileMasterKeyTest extends MasterKeyContract {
    private Path masters() throws Exception {
        return Files.createDirectories(folder.resolve("masters"));
    }

    @MustBeClosed
    private MasterKey open(boolean hardened, boolean allowed) throws Exception {
        return MasterKeys.open(
                "file:" + masters(), new MasterKeys.Setting(folder.resolve("store"), hardened, allowed, Map.of()));
    }

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller closes it
    MasterKey master() throws Exception {
        var master = open(false, false);
        if (master.epochs().isEmpty()) {
            assertThat(master.begin(1)).isTrue();
        }
        return master;
    }

    @Override
    void begin(MasterKey master, int epoch) throws Exception {
        assertThat(master.begin(epoch)).isTrue();
    }

    @Override
    void endBefore(MasterKey master, int epoch) throws Exception {
        for (int each : master.epochs()) {
            assertThat(each >= epoch || master.end(each)).isTrue();
        }
    }

    @Test
    void hardenedService_refusesAFileOnTheStoresDisk() throws Exception {
        refused(Reason.MASTER_EXPOSED, () -> open(true, false).close());
        open(true, true).close();
        open(false, false).close();
    }

    @Test
    void fileOnAnotherFileSystem_isAllowed() throws Exception {
        var shared = Files.createTempDirectory(Path.of("/dev/shm"), "mvm-masters-");
        try {
            MasterKeys.open("file:" + shared, new MasterKeys.Setting(folder, true, false, Map.of()))
                    .close();
        } finally {
            Files.delete(shared);
        }
    }

    @Test
    void masterKeyInsideTheStore_isRefusedAlways() throws Exception {
        var store = Files.createDirectory(folder.resolve("store"));
        var inside = Files.createDirectory(store.resolve("masters"));
        for (var name : new Path[] {store, inside, Files.createSymbolicLink(folder.resolve("link"), inside)}) {
            refused(
                    Reason.MASTER_EXPOSED,
                    () -> MasterKeys.open("file:" + name, new MasterKeys.Setting(store, false, true, Map.of()))
                            .close());
        }
    }

    @Test
    void keyThatOthersRead_isRefused() throws Exception {
        String wrapped;
        try (var master = master()) {
            wrapped = master.make(1, PLACE);
        }
        var file = masters().resolve("epoch-1");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        try (var master = master()) {
            refused(Reason.MASTER_EXPOSED, () -> plain(master, PLACE, wrapped));
        }
    }

    @Test
    void missingShortOrLinkedKey_isNotTaken() throws Exception {
        String wrapped;
        try (var master = master()) {
            wrapped = master.make(1, PLACE);
        }
        var file = masters().resolve("epoch-1");
        Files.move(file, folder.resolve("elsewhere"));
        try (var master = open(false, false)) {
            refused(Reason.NO_MASTER_KEY, () -> plain(master, PLACE, wrapped));
        }
        Files.createSymbolicLink(file, folder.resolve("elsewhere"));
        try (var master = open(false, false)) {
            refused(Reason.FAILED, () -> plain(master, PLACE, wrapped));
        }
        Files.delete(file);
        Files.write(file, new byte[31]);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        try (var master = open(false, false)) {
            refused(Reason.NO_MASTER_KEY, () -> plain(master, PLACE, wrapped));
        }
    }

    /// Leftovers of a crash on the way to a new key, and on the way of destroying one.
    @Test
    void leftoversOfACrash_areNoKeys() throws Exception {
        try (var master = master()) {
            var unfinished = masters().resolve(".new-2");
            Files.write(unfinished, new byte[7]);
            assertThat(master.epochs()).containsExactly(1);
            assertThat(master.begin(2)).isTrue();
            assertThat(unfinished).doesNotExist();
            Files.write(masters().resolve("epoch-1"), new byte[32]); // overwritten, not removed
            assertThat(master.epochs()).containsExactly(1, 2);
            assertThat(master.end(1)).isTrue();
            assertThat(master.epochs()).containsExactly(2);
        }
    }

    @Test
    void destroyedKey_wasOverwrittenBeforeItWasRemoved() throws Exception {
        try (var master = master()) {
            var link = folder.resolve("same-file");
            Files.createLink(link, masters().resolve("epoch-1"));
            assertThat(Files.readAllBytes(link)).isNotEqualTo(new byte[32]);
            assertThat(master.end(1)).isTrue();
            assertThat(Files.readAllBytes(link)).isEqualTo(new byte[32]);
        }
    }

    @Test
    void otherReferences_areRefused() {
        var setting = setting(Map.of());
        for (var bad : new String[] {
            "", "file:", "file:relative", "file:/nonexistent/here", "credential", "credentials", "pkcs11:", "vault:x"
        }) {
            refused(Reason.NO_MASTER_KEY, () -> MasterKeys.open(bad, setting).close());
        }
    }
}
