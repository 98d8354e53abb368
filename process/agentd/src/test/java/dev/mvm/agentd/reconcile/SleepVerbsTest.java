package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `sleep` and `wake` by hand, on a hostd that does what it is told or says no.
final class SleepVerbsTest {
    private static final InstanceAddress ADDRESS = InstanceAddress.parse("demo/web/i-00000001");
    private static final Observation.Sleep FIGURES =
            new Observation.Sleep(1, 128 << 20, 9 << 20, 700, 0, 1_700_000_000);

    /// Has one instance.
    private static final class OneInstance implements Hostd {
        final List<HostOperation> asked = new CopyOnWriteArrayList<>();
        volatile InstanceState state = InstanceState.RUNNING;
        Optional<HostReply> answer = Optional.empty();
        /// Lets a sleep that is under way fail, as a wake does that arrives meanwhile.
        Optional<CountDownLatch> sealing = Optional.empty();

        final CountDownLatch begun = new CountDownLatch(1);
        private Optional<Observation.Sleep> sleep = Optional.empty();
        private volatile long change = 1;

        @Override
        public HostReply call(HostOperation operation) {
            if (operation instanceof HostOperation.Observe) {
                return new HostReply.Observed(observation());
            }
            asked.add(operation);
            if (sealing.isPresent() && operation instanceof HostOperation.SleepInstance) {
                state = InstanceState.WARM;
                change = 2;
                begun.countDown();
                await(sealing.get());
                return new HostReply.Failed(new Label("sealer"), 0);
            }
            if (sealing.isPresent()
                    && sealing.get().getCount() > 0
                    && operation instanceof HostOperation.WakeInstance) {
                sealing.get().countDown();
                return new HostReply.Refused(new Label("busy"));
            }
            if (answer.isPresent()) {
                return answer.get();
            }
            change = asked.size() + 2L;
            switch (operation) {
                case HostOperation.SleepInstance _ -> {
                    state = InstanceState.SLEEPING;
                    sleep = Optional.of(FIGURES);
                }
                case HostOperation.WakeInstance _, HostOperation.ResumeInstance _ -> state = InstanceState.RUNNING;
                default -> throw new AssertionError("not asked for: " + operation);
            }
            return new HostReply.Done();
        }

        private Observation observation() {
            var instance = new Observation.Instance(
                    ADDRESS,
                    new Slot(new NetId(0), 3),
                    state,
                    Digest.of(new byte[] {1}),
                    new Resources(1, 128, 1),
                    false,
                    false,
                    false,
                    false,
                    Observation.Hook.NONE,
                    1,
                    Optional.empty(),
                    Observation.Usage.NONE,
                    sleep);
            return new Observation(
                    change,
                    "dev",
                    "model",
                    "tcg",
                    1,
                    1,
                    1,
                    0,
                    0,
                    List.of(),
                    List.of(),
                    List.of(instance),
                    Map.of(),
                    List.of());
        }

        @Override
        public Hostd under(Digest plan) {
            return this;
        }

        @Override
        public Logs logs(InstanceId instance, boolean follow) {
            throw new AssertionError("no logs are asked for");
        }

        @Override
        public Exec exec(InstanceId instance, ExecRequest request) {
            throw new AssertionError("not asked for");
        }
    }

    @TempDir
    private Path dir;

    private final OneInstance hostd = new OneInstance();
    private final List<InstanceId> woken = new CopyOnWriteArrayList<>();
    private ManualHolds holds;
    private Verbs verbs;

    @BeforeEach
    void build() throws IOException {
        var observed = new Observed(hostd, _ -> {});
        observed.refresh();
        holds = ManualHolds.open(new MemoryFiles());
        var audit = new AuditLog(dir, "agentd", () -> Ceremony.NOW, _ -> {}, Optional.empty());
        verbs = new Verbs(hostd, observed, holds, new InstanceTurns(), audit, () -> Ceremony.NOW, woken::add);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// hostd breaks sealing off for a wake, but only if it is asked while it seals.
    @Test
    void wakeWhileItIsPutToSleep_wins() throws Exception {
        hostd.sealing = Optional.of(new CountDownLatch(1));
        var sleep = CompletableFuture.supplyAsync(() -> verbs.perform(ADDRESS, Verbs.Verb.SLEEP));
        await(hostd.begun);
        var woken = verbs.perform(ADDRESS, Verbs.Verb.WAKE);
        assertThat(woken.reason()).isEmpty();
        assertThat(woken.instance())
                .get()
                .extracting(Observation.Instance::state)
                .isEqualTo(InstanceState.RUNNING);
        assertThat(sleep.get(60, TimeUnit.SECONDS).reason()).contains("failed_sealer");
        assertThat(hostd.asked)
                .containsExactly(
                        new HostOperation.SleepInstance(ADDRESS.instance(), false),
                        new HostOperation.WakeInstance(ADDRESS.instance()),
                        new HostOperation.ResumeInstance(ADDRESS.instance()));
        assertThat(holds.next()).isEmpty();
    }

    private String audited() throws IOException {
        var out = new StringBuilder();
        try (var files = Files.list(dir)) {
            for (var file : files.toList()) {
                out.append(Files.readString(file));
            }
        }
        return out.toString();
    }

    @Test
    void sleep_asksTheGuest_andHoldsTheInstanceAsleep_untilItIsWoken() throws Exception {
        var slept = verbs.perform(ADDRESS, Verbs.Verb.SLEEP);
        assertThat(slept.reason()).isEmpty();
        assertThat(slept.instance()).get().satisfies(instance -> {
            assertThat(instance.state()).isEqualTo(InstanceState.SLEEPING);
            assertThat(instance.sleep()).contains(FIGURES);
        });
        assertThat(hostd.asked).containsExactly(new HostOperation.SleepInstance(ADDRESS.instance(), false));
        assertThat(holds.held(Ceremony.NOW)).containsExactly(ADDRESS.instance());
        assertThat(holds.until(ADDRESS.instance())).contains(Ceremony.NOW.plus(Duration.ofHours(1)));
        assertThat(audited()).isEmpty();

        var woken = verbs.perform(ADDRESS, Verbs.Verb.WAKE);
        assertThat(woken.reason()).isEmpty();
        assertThat(woken.instance())
                .get()
                .extracting(Observation.Instance::state)
                .isEqualTo(InstanceState.RUNNING);
        assertThat(hostd.asked.getLast()).isEqualTo(new HostOperation.WakeInstance(ADDRESS.instance()));
        assertThat(holds.next()).isEmpty();
        assertThat(this.woken).as("it rests no longer").containsExactly(ADDRESS.instance());
    }

    /// Each wake takes a thread and a turn; a client that asks for wakes without end gets no more than the limit.
    @Test
    void wakesBeyondWhatTheNodeTakes_areRefusedAtOnce() throws Exception {
        var turns = new InstanceTurns();
        var observed = new Observed(hostd, _ -> {});
        observed.refresh();
        var audit = new AuditLog(dir, "agentd", () -> Ceremony.NOW, _ -> {}, Optional.empty());
        var many = new Verbs(hostd, observed, holds, turns, audit, () -> Ceremony.NOW, woken::add);
        hostd.answer = Optional.of(new HostReply.Done());
        var threads = new ArrayList<Thread>();
        try (var _ = turns.take(ADDRESS.instance())) {
            for (int i = 0; i < Verbs.MAX_WAKES; i++) {
                threads.add(Thread.ofVirtual().start(() -> many.perform(ADDRESS, Verbs.Verb.WAKE)));
            }
            while (hostd.asked.size() < Verbs.MAX_WAKES) { // each breaks off what may be under way, then waits
                Thread.onSpinWait();
            }
            assertThat(many.perform(ADDRESS, Verbs.Verb.WAKE).reason()).contains(Verbs.TOO_MANY_WAKES);
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(many.perform(ADDRESS, Verbs.Verb.WAKE).reason()).isEmpty();
    }

    @Test
    void guestThatRefuses_isHeldNowhere_andTheReasonIsHostds() throws Exception {
        hostd.answer = Optional.of(new HostReply.Refused(new Label("guest_refused")));
        var result = verbs.perform(ADDRESS, Verbs.Verb.SLEEP);
        assertThat(result.reason()).contains("guest_refused");
        assertThat(result.instance())
                .get()
                .extracting(Observation.Instance::state)
                .isEqualTo(InstanceState.RUNNING);
        assertThat(holds.next()).isEmpty();
    }

    @Test
    void wakeThatIsRefused_leavesAnEarlierHold() throws Exception {
        assertThat(verbs.perform(ADDRESS, Verbs.Verb.SLEEP).reason()).isEmpty();
        hostd.answer = Optional.of(new HostReply.Refused(new Label("no_snapshot")));
        assertThat(verbs.perform(ADDRESS, Verbs.Verb.WAKE).reason()).contains("no_snapshot");
        assertThat(holds.held(Ceremony.NOW)).containsExactly(ADDRESS.instance());
    }

    /// Written before it is done, so that no crash in between hides it.
    @Test
    void force_asksNobody_andIsWrittenDown_whatComesOfItOrNot() throws Exception {
        hostd.answer = Optional.of(new HostReply.Failed(new Label("snapshot"), 28));
        var result = verbs.perform(ADDRESS, Verbs.Verb.FORCE_SLEEP);
        assertThat(result.reason()).contains("failed_snapshot_28");
        assertThat(hostd.asked).containsExactly(new HostOperation.SleepInstance(ADDRESS.instance(), true));
        assertThat(audited())
                .contains("\"action\":\"sleep_instance\"", "\"subject\":\"" + ADDRESS + "\"", "\"reason\":\"forced\"");
        assertThat(holds.next()).isEmpty();
    }
}
