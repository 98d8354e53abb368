package dev.mvm.crypto.tenantkeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.sign.TransitCalls;
import dev.mvm.crypto.sign.TransitServer;
import dev.mvm.crypto.tenantkeys.KeyException.Reason;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class TransitKeyAuthorityTest extends KeyAuthorityContract {
    private final StandInTransit transit = new StandInTransit();

    TransitKeyAuthorityTest() throws Exception {}

    @AfterEach
    void stop() {
        transit.close();
    }

    @Override
    KeyAuthority authority() throws Exception {
        return open("transit:fleet", StandInTransit.TOKEN);
    }

    private KeyAuthority open(String reference, String token) throws Exception {
        var server = TransitServer.of(Map.of("VAULT_ADDR", transit.address(), "VAULT_TOKEN", token));
        return TransitKeyAuthority.open(reference, new TransitCalls(server, Duration.ofMinutes(1), _ -> {}));
    }

    @Override
    void newMaster() {
        transit.rotate();
    }

    private static void service(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String said) {
        assertThatThrownBy(call)
                .hasMessageContaining(said)
                .isInstanceOfSatisfying(
                        KeyException.class, e -> assertThat(e.reason()).isEqualTo(Reason.KEY_SERVICE));
    }

    @Test
    @Tag("claim-K4")
    void keyWithoutAContext_isRefused() {
        transit.derived = false;
        service(this::authority, "derived");
    }

    @Test
    void wrongTokenReferenceOrName_isSaid() {
        service(() -> open("transit:fleet", "s.other"), "vault_denied");
        service(() -> open("transit:", StandInTransit.TOKEN), "transit:[MOUNT/]NAME");
        service(() -> open("transit:fleet/../sys", StandInTransit.TOKEN), "transit:[MOUNT/]NAME");
    }

    @Test
    void serviceThatIsDownOrAnswersNonsense_changesNothing() throws Exception {
        var authority = authority();
        var wrapped = authority.make(PLACE);
        transit.status = 503;
        service(() -> authority.make(PLACE), "vault_unreachable");
        service(() -> authority.lend(PLACE, wrapped, byte[]::clone), "vault_unreachable");
        transit.status = 200;
        transit.shortKeys = true;
        var tooShort = authority.make(PLACE);
        service(() -> authority.lend(PLACE, tooShort, byte[]::clone), "32 bytes");
        assertThat(plain(authority, PLACE, wrapped)).hasSize(32);
    }

    @Test
    @Tag("claim-K4")
    void wrappedKey_opensInNoOtherPlace() throws Exception {
        opensInNoOtherPlace();
    }

    @Test
    @Tag("claim-K4")
    void lentKey_isZeroedAfterwards() throws Exception {
        zeroesWhatWasLent();
    }
}
