package dev.mvm.keyd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class PartsTest {
    @Test
    void signingKeyOfTheServiceManager_isInItsFolderOfCredentials() {
        var handed = Map.of("CREDENTIALS_DIRECTORY", "/run/credentials/other.service");
        assertThat(Parts.reference("credential:mvm-keyd.signing.key", handed))
                .isEqualTo("/run/credentials/other.service/mvm-keyd.signing.key");
        assertThat(Parts.reference("credential:mvm-keyd.signing.key", Map.of()))
                .isEqualTo("/run/credentials/mvm-keyd.service/mvm-keyd.signing.key");
    }

    @Test
    void otherReference_staysAsItIs() {
        for (var reference : new String[] {"/etc/keyd.key", "pkcs11:token=t;object=o", "transit:keyd", ""}) {
            assertThat(Parts.reference(reference, Map.of())).isEqualTo(reference);
        }
    }
}
