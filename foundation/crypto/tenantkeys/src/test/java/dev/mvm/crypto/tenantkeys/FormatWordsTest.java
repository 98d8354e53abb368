package dev.mvm.crypto.tenantkeys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what answers about keys hold. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void reasons_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(KeyException.Reason.values()).map(KeyException.Reason::code))
                .containsExactly("no_libcrypto", "bad_node_key", "no_master_key", "not_unwrapped", "key_service");
    }
}
