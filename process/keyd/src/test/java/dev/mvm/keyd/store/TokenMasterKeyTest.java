package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.sign.SoftToken;
import dev.mvm.keyd.store.StoreException.Reason;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TokenMasterKeyTest extends MasterKeyContract {
    private SoftToken soft;

    @BeforeEach
    void makeToken() throws Exception {
        assumeTrue(Files.exists(SoftToken.MODULE), "SoftHSM is not installed: apt-get install softhsm2 opensc");
        soft = SoftToken.in(Files.createDirectory(folder.resolve("hsm"))).token("fleet");
    }

    @MustBeClosed
    private MasterKey open(String object) throws Exception {
        return MasterKeys.open(soft.reference("token=fleet;object=" + object), setting(Map.of()));
    }

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller closes it
    MasterKey master() throws Exception {
        var master = open("keys");
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
    void epochsOfAnotherName_areAnothers() throws Exception {
        try (var mine = master();
                var theirs = open("keys-of-others")) {
            assertThat(theirs.epochs()).isEmpty();
            assertThat(theirs.begin(1)).isTrue();
            assertThat(mine.epochs()).containsExactly(1);
            var wrapped = mine.make(1, PLACE);
            notOpened(theirs, PLACE, wrapped);
            assertThat(theirs.end(1)).isTrue();
            assertThat(plain(mine, PLACE, wrapped).length()).isEqualTo(32);
        }
    }

    @Test
    void missingTokenOrPin_isSaid() throws Exception {
        var reference = soft.reference("token=absent");
        try (var master = MasterKeys.open(reference, setting(Map.of()))) {
            refused(Reason.MASTER_UNREACHABLE, master::epochs);
        }
        var without = soft.reference("token=fleet").replaceAll("&pin-source.*", "");
        try (var master = MasterKeys.open(without, setting(Map.of()))) {
            refused(Reason.NO_MASTER_KEY, master::epochs);
        }
    }
}
