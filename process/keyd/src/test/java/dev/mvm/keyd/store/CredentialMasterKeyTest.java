package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.keyd.store.StoreException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CredentialMasterKeyTest extends MasterKeyContract {
    private Path credential(int epoch) {
        return folder.resolve("credentials/mvm-keyd.epoch-" + epoch);
    }

    /// Stands in for the service manager.
    private void add(int epoch) throws Exception {
        var key = new byte[32];
        new SecureRandom().nextBytes(key);
        Files.createDirectories(folder.resolve("credentials"));
        Files.write(credential(epoch), key);
    }

    @Override
    @MustBeClosed
    MasterKey master() throws Exception {
        if (!Files.exists(credential(1)) && !Files.exists(credential(2))) {
            add(1);
        }
        return MasterKeys.open(
                "credential",
                setting(Map.of(
                        "CREDENTIALS_DIRECTORY", folder.resolve("credentials").toString())));
    }

    @Override
    void begin(MasterKey master, int epoch) throws Exception {
        assertThat(master.begin(epoch)).isFalse();
        add(epoch);
    }

    @Override
    void endBefore(MasterKey master, int epoch) throws Exception {
        for (int each : master.epochs()) {
            if (each < epoch) {
                Files.delete(credential(each));
            }
        }
    }

    @Test
    void credentialOfAnotherSize_isNotTaken() throws Exception {
        try (var master = master()) {
            Files.write(credential(1), new byte[33]);
            refused(Reason.NO_MASTER_KEY, () -> master.make(1, PLACE));
        }
    }
}
