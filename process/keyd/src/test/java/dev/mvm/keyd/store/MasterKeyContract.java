package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Contract of every master key.
abstract class MasterKeyContract {
    static final KeyPlace PLACE = new KeyPlace(new TenantId("demo"), new KeyName("disk"), KeyPurpose.VOLUME, 1);

    @TempDir
    Path folder;

    /// Opens the master key, which has epoch 1.
    @MustBeClosed
    abstract MasterKey master() throws Exception;

    /// Makes an epoch, by operators where the master key leaves that to them.
    abstract void begin(MasterKey master, int epoch) throws Exception;

    /// Destroys every epoch before one, in the same way.
    abstract void endBefore(MasterKey master, int epoch) throws Exception;

    final MasterKeys.Setting setting(Map<String, String> environment) {
        return new MasterKeys.Setting(folder.resolve("store"), true, true, environment);
    }

    static Bytes plain(MasterKey master, KeyPlace place, String wrapped) throws StoreException {
        try (var key = master.open(place, wrapped)) {
            return bytes(key);
        }
    }

    static void notOpened(MasterKey master, KeyPlace place, String wrapped) {
        assertThatThrownBy(() -> plain(master, place, wrapped))
                .as(wrapped)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void whatWasMade_isAKeyThatStaysTheSame() throws Exception {
        try (var master = master()) {
            var wrapped = master.make(1, PLACE);
            assertThat(wrapped).matches("[!-~]{1,512}");
            assertThat(master.epoch(wrapped)).isEqualTo(1);
            assertThat(plain(master, PLACE, wrapped))
                    .isEqualTo(plain(master, PLACE, wrapped))
                    .isNotEqualTo(Bytes.of(new byte[32]))
                    .isNotEqualTo(plain(master, PLACE, master.make(1, PLACE)));
            assertThat(plain(master, PLACE, wrapped).length()).isEqualTo(32);
        }
    }

    @Test
    void whatWasMade_opensAfterARestart() throws Exception {
        String wrapped;
        Bytes key;
        try (var master = master()) {
            wrapped = master.make(1, PLACE);
            key = plain(master, PLACE, wrapped);
        }
        try (var master = master()) {
            assertThat(plain(master, PLACE, wrapped)).isEqualTo(key);
        }
    }

    @Test
    void whatWasWrapped_opensInNoOtherPlace() throws Exception {
        try (var master = master()) {
            var wrapped = master.make(1, PLACE);
            for (var other : List.of(
                    new KeyPlace(new TenantId("rival"), PLACE.id(), PLACE.purpose(), 1),
                    new KeyPlace(PLACE.tenant(), new KeyName("other"), PLACE.purpose(), 1),
                    new KeyPlace(PLACE.tenant(), PLACE.id(), KeyPurpose.SNAPSHOT, 1),
                    new KeyPlace(PLACE.tenant(), PLACE.id(), PLACE.purpose(), 2))) {
                notOpened(master, other, wrapped);
                assertThatThrownBy(() -> master.rewrap(1, other, wrapped)).isInstanceOf(StoreException.class);
            }
        }
    }

    @Test
    void alteredWrapping_doesNotOpen() throws Exception {
        try (var master = master()) {
            var wrapped = master.make(1, PLACE);
            for (int i = 0; i < wrapped.length(); i += 3) {
                var altered = new StringBuilder(wrapped);
                altered.setCharAt(i, wrapped.charAt(i) == 'A' ? 'B' : 'A');
                notOpened(master, PLACE, altered.toString());
            }
            notOpened(master, PLACE, "");
            notOpened(master, PLACE, wrapped + "A");
            assertThat(plain(master, PLACE, wrapped).length()).isEqualTo(32);
        }
    }

    @Test
    void rewrapping_changesTheEpochAndNotTheKey() throws Exception {
        try (var master = master()) {
            var before = master.make(1, PLACE);
            begin(master, 2);
            assertThat(master.begin(2)).isTrue();
            assertThat(master.epochs()).containsExactly(1, 2);
            var after = master.rewrap(2, PLACE, before);
            assertThat(master.epoch(after)).isEqualTo(2);
            assertThat(plain(master, PLACE, after)).isEqualTo(plain(master, PLACE, before));
        }
    }

    @Test
    void destroyedEpoch_opensNothing() throws Exception {
        String before;
        String after;
        Bytes key;
        try (var master = master()) {
            before = master.make(1, PLACE);
            begin(master, 2);
            after = master.rewrap(2, PLACE, before);
            key = plain(master, PLACE, before);
            assertThat(master.end(1)).isEqualTo(master.makesEpochs());
            endBefore(master, 2);
            assertThat(master.end(1)).isTrue();
            assertThat(master.epochs()).containsExactly(2);
            notOpened(master, PLACE, before);
            assertThat(plain(master, PLACE, after)).isEqualTo(key);
        }
        try (var master = master()) {
            notOpened(master, PLACE, before);
            assertThat(plain(master, PLACE, after)).isEqualTo(key);
        }
    }

    @Test
    void beginningTwice_keepsTheEpoch() throws Exception {
        try (var master = master()) {
            var wrapped = master.make(1, PLACE);
            assertThat(master.begin(1)).isTrue();
            assertThat(plain(master, PLACE, wrapped).length()).isEqualTo(32);
            assertThat(master.epochs()).containsExactly(1);
        }
    }
}
