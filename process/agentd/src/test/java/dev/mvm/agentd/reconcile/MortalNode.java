package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.idle.IdleFile;
import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.hostd.host.FakeMachines;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/// A node whose agent and hostd are killed where a test says, and start again over what they had written. VMs live
/// on.
final class MortalNode implements Hostd {
    /// Longer than the longest back-off.
    private static final Duration A_WHILE = Duration.ofMinutes(6);

    private static final int ROUNDS = 20;

    /// The process that dies.
    enum Victim {
        /// Before an effect of its own.
        HOSTD,
        /// Before it writes into its registry.
        HOSTD_WRITING,
        /// Before it asks hostd for something.
        AGENT,
        /// Before it reads the answer.
        AGENT_WAITING,
        /// Both, where hostd has an effect.
        BOTH,
        /// The whole machine, and all VMs, when the agent asks for something.
        MACHINE
    }

    /// Stands for the agent's death.
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    final HostFixture fixture;
    private final FakeHostd hostd;
    private final MemoryFiles manual = new MemoryFiles();
    private final MemoryFiles rest = new MemoryFiles();
    private final Policy.Prune prune;
    private final List<String> log = new ArrayList<>();
    private Victim victim = Victim.AGENT;
    private int callsLeft = Integer.MAX_VALUE;
    private boolean dead;
    private boolean killed;
    private Observed observed;
    private Reconciler reconciler;

    MortalNode(HostFixture fixture, Policy.Prune prune) throws IOException {
        this.fixture = fixture;
        this.hostd = new FakeHostd(fixture);
        this.prune = prune;
        startAgent();
    }

    /// The agent starts, over what an earlier one has left.
    private void startAgent() throws IOException {
        dead = false;
        observed = new Observed(this, log::add);
        var backoff = new Backoff<InstanceId>(new Random(1), Duration.ofMinutes(5));
        // one step at a time, so that where the n-th effect is does not depend on threads
        var executor =
                new Executor(this, new InstanceTurns(), backoff, 1, () -> fixture.now, log::add, Duration.ofHours(1));
        var idle = IdleTracker.open(IdleSettings.OFF, new IdleFile(rest), OptionalInt::empty, log::add);
        reconciler = new Reconciler(
                fixture.trust,
                observed,
                new Policies(ManualHolds.open(manual), idle, IdleSettings.OFF, prune),
                () -> false,
                executor,
                () -> fixture.now,
                log::add);
    }

    /// Lets `process` die at the `steps`-th effect, write or operation from now on, counted from 0.
    void kill(Victim process, int steps) {
        victim = process;
        killed = false;
        callsLeft = Integer.MAX_VALUE;
        switch (process) {
            case HOSTD, BOTH -> fixture.machines.crashAfter(steps);
            case HOSTD_WRITING -> fixture.registryFiles.crashAfter(steps);
            case AGENT, AGENT_WAITING, MACHINE -> callsLeft = steps;
        }
    }

    /// Lets everybody live.
    ///
    /// @return whether a process has died since [#kill]
    boolean spare() {
        callsLeft = Integer.MAX_VALUE;
        fixture.machines.crashAfter(Integer.MAX_VALUE);
        fixture.registryFiles.crashAfter(Integer.MAX_VALUE);
        return killed;
    }

    /// One round of the agent's; if it dies in it, another one is started afterwards.
    Outcome round() throws Exception {
        try {
            observed.refresh();
            return reconciler.round().outcome();
        } catch (IOException e) {
            return new Outcome.Blocked("hostd_unreachable");
        } catch (Killed | IllegalStateException e) { // which has come from another thread
            if (!dead) {
                throw e;
            }
            startAgent();
            return new Outcome.Blocked("agent_killed");
        }
    }

    /// Rounds, with time between them, until there is nothing more to do.
    void converge() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            if (round() instanceof Outcome.Converged) {
                return;
            }
            fixture.now = fixture.now.plus(A_WHILE);
        }
        throw new AssertionError("never converged: " + round() + ", " + counts()
                + log.subList(Math.max(0, log.size() - 10), log.size()));
    }

    /// Numbers of instances in the three states that are counted.
    Counts counts() {
        return new Counts(count(InstanceState.RUNNING), count(InstanceState.WARM), count(InstanceState.SLEEPING));
    }

    private int count(InstanceState state) {
        return (int) fixture.registry.all().stream()
                .map(InstanceRecord::state)
                .filter(state::equals)
                .count();
    }

    /// hostd's records say what is, and nothing is that they do not know.
    void assertTruthful() {
        int alive = 0;
        for (var record : fixture.registry.all()) {
            var id = record.address().instance();
            assertThat(record.intent()).isEmpty();
            assertThat(fixture.machines.attached(record))
                    .as("%s holds no drives", id)
                    .isFalse();
            if (record.holdsMemory()) {
                alive++;
                assertThat(fixture.machines.state(id)).contains(record.state());
            }
            if (record.state() == InstanceState.SLEEPING) {
                assertThat(fixture.machines.snapshots)
                        .containsEntry(id, record.sleep().epoch());
            } else {
                assertThat(fixture.machines.snapshots).doesNotContainKey(id);
            }
        }
        assertThat(fixture.machines.alive()).hasSize(alive);
    }

    @Override
    public HostReply call(HostOperation operation) throws IOException {
        return call(hostd, operation);
    }

    @Override
    public Hostd under(Digest plan) {
        var client = hostd.under(plan);
        return new Hostd() {
            @Override
            public HostReply call(HostOperation operation) throws IOException {
                return MortalNode.this.call(client, operation);
            }

            @Override
            public Hostd under(Digest other) {
                return MortalNode.this.under(other);
            }

            @Override
            public Logs logs(InstanceId instance, boolean follow) {
                return hostd.logs(instance, follow);
            }

            @Override
            public Exec exec(InstanceId instance, ExecRequest request) throws IOException {
                return MortalNode.this.exec(instance, request);
            }
        };
    }

    private synchronized HostReply call(Hostd client, HostOperation operation) throws IOException {
        if (dead) {
            throw new Killed();
        }
        boolean last = !(operation instanceof HostOperation.Observe) && callsLeft-- == 0;
        if (last) {
            end(client, operation);
        }
        try {
            return client.call(operation);
        } catch (FakeMachines.Crash e) {
            killed = true;
            startHostd();
            if (victim == Victim.BOTH) {
                dead = true;
                throw new Killed();
            }
            throw new IOException("the connection ended", e);
        }
    }

    private void end(Hostd client, HostOperation operation) throws IOException {
        killed = true;
        dead = true;
        if (victim == Victim.MACHINE) {
            List.copyOf(fixture.machines.alive()).forEach(fixture.machines::die);
            startHostd();
        }
        if (victim == Victim.AGENT_WAITING) {
            client.call(operation);
        }
        throw new Killed();
    }

    /// hostd starts, over what an earlier one has left.
    void startHostd() {
        fixture.registryFiles.crashAfter(Integer.MAX_VALUE);
        fixture.start();
    }

    @Override
    public Exec exec(InstanceId instance, ExecRequest request) throws IOException {
        return hostd.exec(instance, request);
    }

    @Override
    public Logs logs(InstanceId instance, boolean follow) {
        return hostd.logs(instance, follow);
    }
}
