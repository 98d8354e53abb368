package dev.mvm.protocol.hostd.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.ReplyWriter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// An observation with every member, as bytes that were written once.
final class GoldenObservationTest {
    private static Observation observation() {
        var instance = new Observation.Instance(
                InstanceAddress.parse("demo/web/i-00000001"),
                new Slot(new NetId(7), 3),
                InstanceState.SLEEPING,
                Digest.of(new byte[] {1}),
                new Resources(2, 512, 10),
                true,
                true,
                true,
                true,
                Observation.Hook.BUSY,
                1_780_000_000L,
                Optional.of(new Label("vmm_exited")),
                new Observation.Usage(1, 2, 3),
                Optional.of(new Observation.Sleep(1, 2, 3, 4, 5, 6)));
        return new Observation(
                9,
                "hardened",
                "firecracker 1.15.1",
                "kvm",
                7,
                41,
                42,
                1_780_000_000L,
                43,
                List.of("a limit"),
                List.of(new NetId(7)),
                List.of(instance),
                Map.of("frozen", 7L, "busy", 8L),
                List.of(new Observation.Finding("no dumps", true, "none")));
    }

    @Test
    void observation_isWrittenAsEver() throws Exception {
        var frame = new ReplyWriter().encode(new HostReply.Observed(observation()));
        var bytes = new byte[frame.remaining()];
        frame.duplicate().get(bytes);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("0000016500940000000000000009000868617264656e6564001266697265637261636b657220312e"
                        + "31352e3100036b766d000000070000000000000029000000000000002a000000006a18a5000000002b000100"
                        + "0761206c696d6974000100070001000464656d6f0003776562000a692d3030303030303031000703"
                        + "0008536c656570696e6700477368613235363a346266353132326633343435353463353362646532"
                        + "65626238636432623765336431363030616436333163333835613564376363653233633737383534"
                        + "35396102000002000000000a1f03000000006a18a500000a766d6d5f657869746564000000000000"
                        + "00010000000000000002000000000000000300000000000000010000000000000002000000000000"
                        + "00030000000000000004000000000000000500000000000000060002000462757379000000000000"
                        + "0008000666726f7a656e0000000000000007000100086e6f2064756d70730100046e6f6e65");
        assertThat(ReplyReader.reply(frame.position(Integer.BYTES).slice()))
                .isEqualTo(new HostReply.Observed(observation()));
    }
}
