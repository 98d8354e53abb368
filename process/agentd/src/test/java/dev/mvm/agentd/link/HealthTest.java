package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.reconcile.Observed;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HealthTest {
    private static final Observation.Instance SILENT = running("hostile/web/i-00000001", 3);
    private static final Observation.Instance NEXT = running("hostile/web/i-00000002", 4);
    private static final Observation.Instance LIVELY = running("demo/web/i-00000003", 5);

    private final Guests guests = new Guests();
    private final Semaphore changes = new Semaphore(0);
    private final Health health = new Health(guests, new Observed(guests, _ -> {}), changes::release);

    private static Observation.Instance running(String address, int slot) {
        return new Observation.Instance(
                InstanceAddress.parse(address),
                new Slot(new NetId(0), slot),
                InstanceState.RUNNING,
                Digest.of(new byte[] {1}),
                new Resources(1, 128, 1),
                true,
                true,
                true,
                false,
                Observation.Hook.NONE,
                1,
                Optional.empty(),
                Observation.Usage.NONE,
                Optional.empty());
    }

    /// Says which guest is pinged, lets the silent one's ping wait, and answers for the others as it is told.
    private static final class Guests implements Hostd {
        final BlockingQueue<InstanceId> pinged = new LinkedBlockingQueue<>();
        final CountDownLatch answer = new CountDownLatch(1);
        volatile HostReply reply = new HostReply.Done();

        @Override
        public HostReply call(HostOperation operation) {
            if (!(operation instanceof HostOperation.GuestPing(var id))) {
                throw new AssertionError("not asked for: " + operation);
            }
            pinged.add(id);
            if (id.equals(SILENT.address().instance())) {
                try {
                    assertThat(answer.await(1, TimeUnit.MINUTES)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return reply;
        }

        @Override
        public Logs logs(InstanceId instance, boolean follow) {
            throw new AssertionError("no logs are asked for");
        }

        @Override
        public Exec exec(InstanceId instance, ExecRequest request) {
            throw new AssertionError("no program is asked for");
        }

        @Override
        public Hostd under(Digest plan) {
            throw new AssertionError("a ping is of no plan");
        }
    }

    @AfterEach
    void letGo() {
        guests.answer.countDown();
    }

    private void round(Observation.Instance... instances) {
        health.round(new Observation(
                1,
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
                List.of(instances),
                Map.of(),
                List.of()));
    }

    private InstanceId pinged() throws InterruptedException {
        var id = guests.pinged.poll(1, TimeUnit.MINUTES);
        assertThat(id).as("a guest is pinged").isNotNull();
        return id;
    }

    /// Begins rounds until a guest is pinged: one is not while its tenant's last round is under way.
    private InstanceId pinged(Observation.Instance... instances) throws InterruptedException {
        InstanceId id;
        do {
            round(instances);
            id = guests.pinged.poll(10, TimeUnit.MILLISECONDS);
        } while (id == null);
        return id;
    }

    @Test
    void guestThatDoesNotAnswer_holdsUpItsOwnTenantAlone() throws Exception {
        round(SILENT, NEXT);
        assertThat(pinged()).isEqualTo(SILENT.address().instance());
        for (int i = 0; i < 3; i++) {
            assertThat(pinged(SILENT, NEXT, LIVELY)).isEqualTo(LIVELY.address().instance());
        }
        assertThat(guests.pinged).isEmpty();
        guests.answer.countDown();
        assertThat(pinged()).isEqualTo(NEXT.address().instance());
    }

    @Test
    void threeMissesInARow_areUnhealthy_andOneAnswerIsHealthyAgain() throws Exception {
        guests.reply = new HostReply.Refused(new Label("guest_unreachable"));
        for (int i = 0; i < 3; i++) {
            assertThat(health.healthy(LIVELY)).isTrue();
            assertThat(pinged(LIVELY)).isEqualTo(LIVELY.address().instance());
        }
        assertThat(changes.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        assertThat(health.healthy(LIVELY)).isFalse();
        guests.reply = new HostReply.Done();
        pinged(LIVELY);
        assertThat(changes.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        assertThat(health.healthy(LIVELY)).isTrue();
    }
}
