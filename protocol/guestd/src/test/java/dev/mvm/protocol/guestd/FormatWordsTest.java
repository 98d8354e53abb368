package dev.mvm.protocol.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Words of a format: packets between hostd and guestds. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void calls_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(GuestCall.values()).map(GuestCall::word))
                .containsExactly("ping", "prepare_sleep", "rekey");
    }

    @Test
    void links_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(SessionTransport.values()).map(SessionTransport::word))
                .containsExactly("connection", "serial_port");
    }

    @Test
    void vmmCommands_haveTheWordsOfTheFormat() {
        var commands = List.of(
                new VmmCommand.Configure(
                        1, 64, new Slot(new NetId(0), 3), new VmmCommand.Disks(false, false), Rates.UNLIMITED, ""),
                new VmmCommand.Start(),
                new VmmCommand.Pause(),
                new VmmCommand.Resume(),
                new VmmCommand.State(),
                new VmmCommand.Save(),
                new VmmCommand.Load(),
                new VmmCommand.GoOn(new VmmCommand.Disks(false, false), Rates.UNLIMITED));
        assertThat(commands.stream().map(VmmCommand::word))
                .containsExactly("configure", "start", "pause", "resume", "state", "save", "load", "go_on");
        assertThat(commands).hasSameSizeAs(VmmCommand.class.getPermittedSubclasses());
    }

    @Test
    void reports_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Report.Word.values()).map(Report.Word::text))
                .containsExactly(
                        "connected",
                        "ready",
                        "hook_ready",
                        "hook_idle",
                        "hook_busy",
                        "ended",
                        "done",
                        "failed",
                        "running",
                        "paused",
                        "other_version");
    }
}
