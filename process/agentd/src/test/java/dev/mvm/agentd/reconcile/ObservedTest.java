package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Changes of the observation, and the listeners that are called for them.
final class ObservedTest {
    private final FakeHostd hostd = new FakeHostd();
    private final InstanceId id = hostd.fixture.running();

    @Test
    void restingGuestThatIsAskedFor_isNews_thoughNothingHasChanged() throws Exception {
        var told = new AtomicInteger();
        var observed = new Observed(hostd, _ -> {});
        observed.listen(told::incrementAndGet);
        hostd.fixture.done(new HostOperation.PauseInstance(id));
        observed.refresh();
        observed.refresh();
        assertThat(told).hasValue(1);
        hostd.fixture.networks.ask(hostd.fixture.registry.find(id).orElseThrow().slot());
        observed.refresh();
        assertThat(told).hasValue(2);
    }

    /// The kernel gives no event for an ARP request for an idle instance.
    @Test
    void whileAnybodyRests_itLooksOften_andElseItWaits() {
        assertThat(waits()).containsExactly(30_000, 30_000, 1_000);
    }

    /// The times that three looks wait for; before the third, the instance is paused.
    private List<Integer> waits() {
        var waits = new ArrayList<Integer>();
        var asked = new Hostd() {
            @Override
            public HostReply call(HostOperation operation) throws IOException {
                waits.add(((HostOperation.Observe) operation).waitMillis());
                switch (waits.size()) {
                    case 2 -> hostd.fixture.done(new HostOperation.PauseInstance(id));
                    case 3 -> Thread.currentThread().interrupt();
                    default -> {}
                }
                return hostd.call(new HostOperation.Observe(0, 0));
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
                throw new AssertionError("looking runs no program");
            }
        };
        new Observed(asked, _ -> {}, _ -> {}).run();
        assertThat(Thread.interrupted()).isTrue();
        return waits;
    }

    @Test
    void hostdThatStaysAway_isToldOnce_andThatItIsBack() {
        var told = new AtomicInteger();
        var toldWhileAway = new AtomicInteger();
        var calls = new AtomicInteger();
        var away = new Hostd() {
            @Override
            public HostReply call(HostOperation operation) throws IOException {
                switch (calls.incrementAndGet()) {
                    case 1, 2, 3 -> throw new IOException("away");
                    case 4 -> toldWhileAway.set(told.get());
                    default -> Thread.currentThread().interrupt();
                }
                return hostd.call(new HostOperation.Observe(0, 0));
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
                throw new AssertionError("looking runs no program");
            }
        };
        var observed = new Observed(away, _ -> {}, _ -> {});
        observed.listen(told::incrementAndGet);
        observed.run();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(toldWhileAway).hasValue(1);
        assertThat(told).hasValue(2);
    }

    /// A guest can say something new as often as it likes, and everything is looked at each time.
    @Test
    @Tag("claim-G5")
    void howeverOftenSomethingChanges_thereIsTimeBetweenTwoLooks() {
        var looks = new AtomicInteger();
        var pauses = new ArrayList<Duration>();
        var restless = new Hostd() {
            @Override
            public HostReply call(HostOperation operation) throws IOException {
                if (looks.incrementAndGet() == 10) {
                    Thread.currentThread().interrupt();
                }
                hostd.changes.changed();
                return hostd.call(new HostOperation.Observe(0, 0));
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
                throw new AssertionError("looking runs no program");
            }
        };
        var told = new AtomicInteger();
        var clock = System.nanoTime();
        var observed = new Observed(restless, _ -> {}, pauses::add);
        observed.listen(told::incrementAndGet);
        observed.run();
        var worked = Duration.ofNanos(System.nanoTime() - clock);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(told).hasValue(10);
        assertThat(pauses).hasSize(10);
        var paused = pauses.stream().reduce(Duration.ZERO, Duration::plus);
        assertThat(paused.plus(worked))
                .isGreaterThanOrEqualTo(Duration.ofMillis(200).multipliedBy(10));
    }
}
