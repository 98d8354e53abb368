package dev.mvm.crypto.tenantkeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Contract of every key authority.
abstract class KeyAuthorityContract {
    static final KeyPlace PLACE = new KeyPlace(new TenantId("demo"), new KeyName("disk"), KeyPurpose.VOLUME, 1);

    abstract KeyAuthority authority() throws Exception;

    /// From now on there is a newer master.
    abstract void newMaster() throws Exception;

    static byte[] plain(KeyAuthority authority, KeyPlace place, String wrapped) throws KeyException {
        return authority.lend(place, wrapped, byte[]::clone);
    }

    static void refused(KeyAuthority authority, KeyPlace place, String wrapped) {
        assertThatThrownBy(() -> plain(authority, place, wrapped)).isInstanceOf(KeyException.class);
    }

    @Test
    void whatWasMade_isAKeyThatStaysTheSame() throws Exception {
        var authority = authority();
        var wrapped = authority.make(PLACE);
        assertThat(wrapped).matches("[!-~]{1,512}");
        assertThat(plain(authority, PLACE, wrapped))
                .hasSize(KeyAuthority.KEY_SIZE)
                .isEqualTo(plain(authority, PLACE, wrapped))
                .isNotEqualTo(plain(authority, PLACE, authority.make(PLACE)));
    }

    /// Each authority has a test of its own for the claim, which calls this.
    final void opensInNoOtherPlace() throws Exception {
        var authority = authority();
        var wrapped = authority.make(PLACE);
        for (var other : List.of(
                new KeyPlace(new TenantId("rival"), PLACE.id(), PLACE.purpose(), 1),
                new KeyPlace(PLACE.tenant(), new KeyName("other"), PLACE.purpose(), 1),
                new KeyPlace(PLACE.tenant(), PLACE.id(), KeyPurpose.SNAPSHOT, 1),
                new KeyPlace(PLACE.tenant(), PLACE.id(), PLACE.purpose(), 2))) {
            refused(authority, other, wrapped);
            assertThatThrownBy(() -> authority.rewrap(other, wrapped)).isInstanceOf(KeyException.class);
        }
    }

    @Test
    void alteredWrapping_doesNotOpen() throws Exception {
        var authority = authority();
        var wrapped = authority.make(PLACE);
        for (int i = 0; i < wrapped.length(); i++) {
            var altered = new StringBuilder(wrapped);
            altered.setCharAt(i, wrapped.charAt(i) == 'A' ? 'B' : 'A');
            refused(authority, PLACE, altered.toString());
        }
        refused(authority, PLACE, "");
        refused(authority, PLACE, wrapped + "A");
    }

    @Test
    void rewrapping_changesTheMasterAndNotTheKey() throws Exception {
        var authority = authority();
        var before = authority.make(PLACE);
        assertThat(authority.rewrap(PLACE, before)).isEqualTo(before);
        newMaster();
        var after = authority.rewrap(PLACE, before);
        assertThat(after).isNotEqualTo(before);
        assertThat(authority.master(after)).isNotEqualTo(authority.master(before));
        assertThat(authority.rewrap(PLACE, after)).isEqualTo(after);
        assertThat(plain(authority, PLACE, after)).isEqualTo(plain(authority, PLACE, before));
    }

    /// As above.
    final void zeroesWhatWasLent() throws Exception {
        var authority = authority();
        var wrapped = authority.make(PLACE);
        var kept = new ArrayList<byte[]>();
        var _ = authority.lend(PLACE, wrapped, key -> kept.add(key));
        assertThat(kept).containsExactly(new byte[KeyAuthority.KEY_SIZE]);
        assertThatThrownBy(() -> authority.lend(PLACE, wrapped, key -> {
                    kept.add(key);
                    throw new IllegalStateException("work that fails");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(kept.getLast()).isEqualTo(new byte[KeyAuthority.KEY_SIZE]);
    }
}
