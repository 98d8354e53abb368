package dev.mvm.testkit.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FaultKindTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NOT_STARTED | The requested operation is not supported before starting the microVM.",
                "ALREADY_STARTED | The requested operation is not supported after starting the microVM.",
                "NO_HOTPLUG | PCI is not enabled",
                "MALFORMED_REQUEST | An error occurred when deserializing the json body of a request: unknown field",
                "NO_SUCH_REQUEST | Invalid request method and/or path: GET nope.",
                "SNAPSHOT_WHILE_RUNNING | Create snapshot error: Cannot save the microVM state: Operation not allowed: x",
                "SNAPSHOT_STATE_FILE | Create snapshot error: Cannot perform open on the snapshot backing file: x",
                "SNAPSHOT_MEMORY_FILE | Create snapshot error: Cannot perform open on the memory backing file: x",
                "SNAPSHOT_MEMORY_FILE | Create snapshot error: Cannot perform set_length on the memory backing file: x",
                "SNAPSHOT_MEMORY_WRITE | Create snapshot error: Cannot write memory file: Cannot dump memory: x",
                "SNAPSHOT | Create snapshot error: Cannot serialize the microVM state: x",
                "LOAD_NOT_FRESH | Load snapshot error: Loading a microVM snapshot not allowed after configuring "
                        + "boot-specific resources.",
                "LOAD | Load snapshot error: Failed to restore from snapshot: x",
                "LOAD | Load snapshot error: Failed to resume microVM: x",
                "START | Start microvm error: Cannot start microvm without kernel configuration.",
                "CONFIGURATION | Boot source error: x",
                "CONFIGURATION | Drive config error: x",
                "CONFIGURATION | Network config error: x",
                "CONFIGURATION | Logger error: x",
                "OTHER | The id from the path does not match the id from the body!",
                "OTHER | x PCI is not enabled",
                "OTHER | ''",
            })
    void message_isRecognisedByItsBeginning(FaultKind kind, String message) {
        assertThat(FaultKind.of(message)).isEqualTo(kind);
    }
}
