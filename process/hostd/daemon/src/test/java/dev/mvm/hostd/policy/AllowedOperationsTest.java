package dev.mvm.hostd.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every state by every operation, written a second time: a changed row of OperationType fails here.
final class AllowedOperationsTest {
    private static final InstanceId ID = new InstanceId("i-00000001");

    private static final List<HostOperation.OnInstance> OPERATIONS = List.of(
            new HostOperation.AttachDrives(ID),
            new HostOperation.StartInstance(ID),
            new HostOperation.StopInstance(ID, 0),
            new HostOperation.PauseInstance(ID),
            new HostOperation.ResumeInstance(ID),
            new HostOperation.DestroyInstance(ID),
            new HostOperation.GuestPing(ID),
            new HostOperation.GuestExec(ID, Bytes.EMPTY),
            new HostOperation.SleepInstance(ID, false),
            new HostOperation.WakeInstance(ID),
            new HostOperation.GuestLogs(ID, true));

    /// Columns as above: x permitted, a permitted when attached, . refused.
    private static final Map<InstanceState, String> TABLE = Map.of(
            InstanceState.CREATED, ".....x....x",
            InstanceState.READY, "xa...x....x",
            InstanceState.RUNNING, "..xx.xxxx.x",
            InstanceState.WARM, "..x.xx..x.x",
            InstanceState.SLEEPING, "..x..x...xx",
            InstanceState.STOPPED, "xa...x....x",
            InstanceState.DESTROYED, ".....x....x");

    @Test
    @Tag("claim-H4")
    void everyPair_isAsTheTableSays() {
        var handOvers = HostOperation.HandOver.class.getPermittedSubclasses().length;
        assertThat(OPERATIONS).hasSize(HostOperation.OnInstance.class.getPermittedSubclasses().length - 1 + handOvers);
        for (var state : InstanceState.values()) {
            for (int i = 0; i < OPERATIONS.size(); i++) {
                char cell = TABLE.get(state).charAt(i);
                var operation = OPERATIONS.get(i);
                assertThat(AllowedOperations.refusal(state, true, operation).isEmpty())
                        .as("%s, attached, %s", state, operation)
                        .isEqualTo(cell != '.');
                assertThat(AllowedOperations.refusal(state, false, operation).isEmpty())
                        .as("%s, %s", state, operation)
                        .isEqualTo(cell == 'x');
            }
        }
    }
}
