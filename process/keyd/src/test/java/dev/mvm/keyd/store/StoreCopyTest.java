package dev.mvm.keyd.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.keyd.store.StoreClock.Moment;
import dev.mvm.keyd.store.StoreException.Reason;
import dev.mvm.keyd.store.TenantRecord.Bounds;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StoreCopyTest {
    private static final int MOST = Integer.MAX_VALUE;

    private static KeyPurpose purpose(Draw draw) {
        return draw.one(KeyPurpose.SNAPSHOT, KeyPurpose.VOLUME, KeyPurpose.SECRETS);
    }

    private static KeyRecord key(Draw draw, int tenant, int id) {
        var versions = new ArrayList<KeyRecord.Version>();
        int number = 0;
        for (int i = draw.intBetween(0, 6); i > 0; i--) {
            number += draw.intBetween(1, 1000);
            var check = Bytes.of(("check " + draw.intBetween(1_000_000_000, MOST)).getBytes(US_ASCII));
            var box = new WrappedKey(draw.intBetween(1, 1000), new byte[60]);
            versions.add(new KeyRecord.Version(
                    number, check, draw.between(0, 1L << 40), draw.intBetween(0, MOST), box.text()));
        }
        var rotated = draw.flag()
                ? Optional.of(new Moment(draw.between(0, 1L << 40), "boot", draw.between(0, 1L << 40)))
                : Optional.<Moment>empty();
        return new KeyRecord(new TenantId("t" + tenant), new KeyName("k" + id), purpose(draw), rotated, versions);
    }

    private static TenantRecord tenant(Draw draw, int tenant) {
        var keys = new ArrayList<Bounds>();
        for (int i = draw.intBetween(0, 4); i > 0; i--) {
            keys.add(new Bounds(
                    new KeyName("k" + i),
                    purpose(draw),
                    draw.flag(),
                    draw.intBetween(0, MOST),
                    draw.intBetween(0, MOST)));
        }
        return new TenantRecord(new TenantId("t" + tenant), draw.intBetween(0, MOST), draw.flag(), draw.flag(), keys);
    }

    @Test
    void copy_readsBackWhatItWrote() throws Exception {
        Property.holds(300, draw -> {
            var head = new HeadRecord(
                    draw.between(1, 1L << 50),
                    draw.intBetween(0, MOST),
                    draw.flag(),
                    draw.flag(),
                    draw.flag() ? "why" : "",
                    draw.intBetween(0, MOST),
                    draw.intBetween(0, MOST));
            var tenants = new ArrayList<TenantRecord>();
            var keys = new ArrayList<KeyRecord>();
            for (int i = draw.intBetween(0, 5); i > 0; i--) {
                tenants.add(tenant(draw, i));
                keys.add(key(draw, i, draw.intBetween(0, 3)));
            }
            var copy = new StoreCopy(head, tenants, keys);
            assertThat(StoreCopy.read(copy.bytes())).isEqualTo(copy);
        });
    }

    /// Anything at all is either a copy that writes itself back, or damaged.
    @FuzzTest(maxDuration = "10s")
    void arbitraryCopy_isDamagedOrReadBack(byte[] data) throws Exception {
        try {
            var copy = StoreCopy.read(data);
            assertThat(StoreCopy.read(copy.bytes())).isEqualTo(copy);
        } catch (StoreException e) {
            assertThat(e.reason()).isEqualTo(Reason.STORE_DAMAGED);
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }

    /// Nothing that nobody signed is a signed copy.
    @FuzzTest(maxDuration = "10s")
    void arbitrarySignedCopy_isDamaged(byte[] data) {
        var raw = new byte[32];
        raw[0] = 9;
        StoreFixture.refused(
                Reason.STORE_DAMAGED, () -> SignedCopy.verified(data, List.of(new VerifyKey(raw)), new JdkEd25519()));
    }
}
