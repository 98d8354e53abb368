package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.firecracker.FirecrackerConnection;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.VmmCommand;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class VmmApiTest {
    private static final FirecrackerVersion VERSION = FirecrackerVersion.parse("1.16.1");
    private static final String DONE = "HTTP/1.1 204 \r\n\r\n";
    private static final String FAULT = "HTTP/1.1 400 \r\nContent-Length: 22\r\n\r\n{\"fault_message\":\"no\"}";
    private static final String FRESH = instance("Not started");
    private static final String OTHER = FRESH.replace("1.16.1", "1.15.1");

    private static final VmmCommand VOLUME = new VmmCommand.Configure(
            1, 128, new Slot(new NetId(0), 3), new VmmCommand.Disks(false, true), Rates.UNLIMITED, "console=ttyS0");

    private static GuestdRequest.Vmm request(VmmCommand command) {
        return new GuestdRequest.Vmm(command, 7, Duration.ofMinutes(1), VERSION);
    }

    /// A VMM that sends one answer at each read, and then hangs up.
    private static final class Scripted implements FirecrackerConnection {
        private final List<byte[]> answers;
        private final Set<Long> deadlines = new HashSet<>();
        private final List<String> heard = new ArrayList<>();
        private int at;

        Scripted(List<String> answers) {
            this.answers =
                    answers.stream().map(answer -> answer.getBytes(ISO_8859_1)).toList();
        }

        @Override
        public int read(ByteBuffer into, long deadline) {
            deadlines.add(deadline);
            if (at == answers.size()) {
                return -1;
            }
            var answer = answers.get(at++);
            into.put(answer, 0, Math.min(answer.length, into.remaining()));
            return answer.length;
        }

        @Override
        public void write(ByteBuffer from, long deadline) {
            deadlines.add(deadline);
            heard.add(ISO_8859_1.decode(from.slice()).toString());
            from.position(from.limit());
        }
    }

    private static String instance(String state) {
        var body = "{\"id\":\"x\",\"state\":\"" + state + "\",\"vmm_version\":\"1.16.1\"}";
        return "HTTP/1.1 200 \r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /// The limit is for all answers together, not for each.
    @Test
    @Tag("claim-G4")
    void limit_isOneForTheWholeWord() {
        var vmm = new Scripted(List.of(instance("Not started"), DONE, DONE, DONE, DONE, DONE, DONE));
        assertThat(new VmmApi(request(VOLUME), vmm, _ -> {}).perform()).isEqualTo(Report.Word.DONE);
        assertThat(vmm.heard).hasSize(7);
        assertThat(vmm.deadlines).hasSize(1);
    }

    /// Lists the replies that belong to a command.
    private static Set<Report.Word> replies(VmmCommand command) {
        return switch (command) {
            case VmmCommand.Configure _, VmmCommand.Load _ ->
                EnumSet.of(Report.Word.DONE, Report.Word.FAILED, Report.Word.OTHER_VERSION);
            case VmmCommand.State _ -> EnumSet.of(Report.Word.RUNNING, Report.Word.PAUSED, Report.Word.FAILED);
            case VmmCommand.Start _, VmmCommand.Pause _, VmmCommand.Resume _, VmmCommand.Save _, VmmCommand.GoOn _ ->
                EnumSet.of(Report.Word.DONE, Report.Word.FAILED);
        };
    }

    @Test
    @Tag("claim-G4")
    void anyAnswers_becomeAWordThatBelongsToTheQuestion_andALineIfItIsABadOne() {
        var given = EnumSet.noneOf(Report.Word.class);
        Property.holds(2_000, draw -> {
            var command = draw.one(VOLUME, Commands.ALL.toArray(VmmCommand[]::new));
            var journal = new ArrayList<String>();
            var vmm = new Scripted(draw.list(0, 9, () -> answer(draw)));
            var reply = new VmmApi(request(command), vmm, journal::add).perform();
            given.add(reply);
            assertThat(reply).isIn(replies(command));
            boolean bad = reply == Report.Word.FAILED || reply == Report.Word.OTHER_VERSION;
            assertThat(journal).hasSize(bad ? 1 : 0).allMatch(line -> line.matches("vmm call 7, [ -~]{1,600}"));
        });
        assertThat(given)
                .containsExactlyInAnyOrder(
                        Report.Word.DONE,
                        Report.Word.FAILED,
                        Report.Word.RUNNING,
                        Report.Word.PAUSED,
                        Report.Word.OTHER_VERSION);
    }

    private static String answer(Draw draw) {
        var good = draw.one(DONE, DONE, instance("Running"), instance("Paused"), FRESH, FRESH, OTHER, FAULT);
        if (draw.intBetween(0, 3) != 0) {
            return good;
        }
        int at = draw.intBetween(0, good.length() - 1);
        return good.substring(0, at)
                + draw.one("", "9", "\r\n", "\u001b[2J")
                + good.substring(at + draw.intBetween(0, 1));
    }
}
