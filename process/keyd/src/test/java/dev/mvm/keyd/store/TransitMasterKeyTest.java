package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.StandInTransit;
import dev.mvm.keyd.store.StoreException.Reason;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TransitMasterKeyTest extends MasterKeyContract {
    private final StandInTransit transit = new StandInTransit();

    TransitMasterKeyTest() throws Exception {}

    @AfterEach
    void stop() {
        transit.close();
    }

    @Override
    @MustBeClosed
    MasterKey master() throws Exception {
        return MasterKeys.open(
                "transit:fleet", setting(Map.of("VAULT_ADDR", transit.address(), "VAULT_TOKEN", StandInTransit.TOKEN)));
    }

    @Override
    void begin(MasterKey master, int epoch) throws Exception {
        assertThat(master.begin(epoch)).isFalse();
        transit.rotate();
    }

    @Override
    void endBefore(MasterKey master, int epoch) {
        transit.trim(epoch);
    }

    @Test
    void deniedOrWronglySetService_isSaid() throws Exception {
        try (var master = master()) {
            transit.status = 403;
            refused(Reason.MASTER_UNREACHABLE, () -> master.make(1, PLACE));
        }
        refused(
                Reason.NO_MASTER_KEY,
                () -> MasterKeys.open("transit:fleet", setting(Map.of())).close());
    }
}
