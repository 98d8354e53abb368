package dev.mvm.protocol.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Words and numbers of operations, in frames, audits, metrics and plan hashes, and words of answers. Others read them:
/// they stay when a class or a constant is renamed.
final class FormatWordsTest {
    private static final InstanceId ID = InstanceId.of(1);

    private static Map<String, HostOperation> operations() {
        var out = new LinkedHashMap<String, HostOperation>();
        out.put("install_root", new HostOperation.InstallRoot(Bytes.EMPTY));
        out.put("install_grant", new HostOperation.InstallGrant(Bytes.EMPTY));
        out.put("install_state", new HostOperation.InstallState(Bytes.EMPTY, Bytes.EMPTY));
        out.put("install_blob", new HostOperation.InstallBlob(Bytes.EMPTY));
        out.put("answer_challenge", new HostOperation.AnswerChallenge(Bytes.EMPTY));
        out.put("setup_network", new HostOperation.SetupNetwork(new NetId(0)));
        out.put(
                "create_instance",
                new HostOperation.CreateInstance(
                        InstanceAddress.parse("demo/web/i-00000001"),
                        new Slot(new NetId(0), 3),
                        Digest.of(new byte[0]),
                        new Resources(1, 128, 0)));
        out.put("attach_drives", new HostOperation.AttachDrives(ID));
        out.put("start_instance", new HostOperation.StartInstance(ID));
        out.put("stop_instance", new HostOperation.StopInstance(ID, 0));
        out.put("pause_instance", new HostOperation.PauseInstance(ID));
        out.put("resume_instance", new HostOperation.ResumeInstance(ID));
        out.put("sleep_instance", new HostOperation.SleepInstance(ID, false));
        out.put("wake_instance", new HostOperation.WakeInstance(ID));
        out.put("destroy_instance", new HostOperation.DestroyInstance(ID));
        out.put("observe", new HostOperation.Observe(0, 0));
        out.put("verify_networks", new HostOperation.VerifyNetworks(false));
        out.put("guest_ping", new HostOperation.GuestPing(ID));
        out.put("guest_exec", new HostOperation.GuestExec(ID, Bytes.EMPTY));
        out.put("guest_logs", new HostOperation.GuestLogs(ID, false));
        return out;
    }

    private static final String NUMBERS = """
        1 install_grant
        2 install_state
        3 setup_network
        4 create_instance
        5 attach_drives
        6 start_instance
        7 stop_instance
        8 pause_instance
        9 resume_instance
        10 destroy_instance
        11 observe
        12 guest_ping
        14 install_root
        16 guest_exec
        17 sleep_instance
        18 wake_instance
        20 verify_networks
        22 answer_challenge
        23 install_blob
        24 guest_logs
        """;

    private static Stream<Class<?>> records(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(FormatWordsTest::records)
                : Stream.of(type);
    }

    @Test
    void operations_haveTheWordsOfTheFormat() {
        operations().forEach((word, operation) -> assertThat(operation.word()).isEqualTo(word));
        assertThat(operations().values().stream()
                        .map(operation -> operation.getClass().getSimpleName()))
                .containsExactlyInAnyOrderElementsOf(
                        records(HostOperation.class).map(Class::getSimpleName).toList());
    }

    @Test
    void operations_haveTheNumbersOfTheFormat_eachOnce() {
        assertThat(Arrays.stream(OperationType.values()).map(type -> type.number() + " " + type.word()))
                .containsExactlyElementsOf(NUMBERS.lines().toList());
        assertThat(operations().values().stream().map(HostOperation::type))
                .containsExactlyInAnyOrder(OperationType.values());
        for (var type : OperationType.values()) {
            assertThat(OperationType.of(type.number())).contains(type);
        }
        for (int unused : new int[] {-1, 0, 13, 15, 19, 21, 128, 65_535}) {
            assertThat(OperationType.of(unused)).isEmpty();
        }
    }

    @Test
    void statesAreGiven_forExactlyTheOperationsOnAnInstance() {
        operations()
                .forEach((word, operation) -> assertThat(
                                Arrays.stream(InstanceState.values()).anyMatch(operation.type()::allowedIn))
                        .as(word)
                        .isEqualTo(operation instanceof HostOperation.OnInstance));
    }

    @Test
    void endings_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(HostReply.Ending.values()).map(HostReply.Ending::word))
                .containsExactly("guest", "killed");
    }
}
