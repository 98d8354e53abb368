package dev.mvm.testkit.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.testkit.firecracker.Transcript.Line;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Recorded requests, sent to a VMM under test: its answers and its ends are compared with the recorded ones.
final class TranscriptReplay {
    private static final Duration PATIENCE = FirecrackerContract.PATIENCE;

    /// Starts a fresh VMM.
    @FunctionalInterface
    interface Starting {
        VmmProcess start() throws IOException;
    }

    private TranscriptReplay() {}

    /// Replays `lines`; after each recorded end they go on with the next VMM.
    static void of(List<Line> lines, Starting starting) throws Exception {
        var vmm = starting.start();
        try {
            for (var line : lines) {
                switch (line) {
                    case Line.Exchange exchange -> check(vmm, exchange);
                    case Line.End end -> {
                        checkEnd(vmm, end);
                        vmm = starting.start();
                    }
                }
            }
        } finally {
            vmm.kill();
        }
    }

    private static void check(VmmProcess vmm, Line.Exchange exchange) throws IOException {
        var what = "exchange %d (%s)".formatted(exchange.number(), exchange.note());
        var state = RawExchange.send(vmm.apiSocket(), new Transcript.Request("GET", "/", ""), PATIENCE);
        assertThat(state.body()).as("state before %s", what).contains("\"state\":\"" + word(exchange.vm()) + "\"");
        var answer = RawExchange.send(vmm.apiSocket(), exchange.request(), PATIENCE);
        var recorded = exchange.response();
        if (exchange.rules().contains(Transcript.Rule.FIRST_ANSWER_ONLY)) {
            assertThat(recorded.body()).as(what).startsWith(answer.body());
            recorded = new Transcript.Response(recorded.statusLine(), recorded.headers(), answer.body());
        }
        assertThat(answer).as(what).isEqualTo(recorded);
    }

    /// Returns the name in `GET /` for a state of the recording.
    private static String word(String vm) {
        return switch (vm) {
            case "fresh" -> "Not started";
            case "running" -> "Running";
            case "paused", "loaded paused" -> "Paused";
            default -> throw new AssertionError("a state that nobody recorded: " + vm);
        };
    }

    private static void checkEnd(VmmProcess vmm, Line.End end) throws Exception {
        if (end.status().isPresent()) {
            assertThat(vmm.exit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as(end.note())
                    .isEqualTo(end.status().getAsInt());
            assertThat(vmm.apiSocket()).as(end.note()).exists();
        } else {
            assertThat(vmm.exit()).as(end.note()).isNotDone();
            vmm.kill();
            vmm.exit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        FirecrackerContract.removeSockets(vmm);
    }
}
