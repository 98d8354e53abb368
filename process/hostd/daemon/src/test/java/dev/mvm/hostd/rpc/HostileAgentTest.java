package dev.mvm.hostd.rpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Launched;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.client.OperationWriter;
import dev.mvm.protocol.hostd.client.ReplyReader;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TimeMark;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An agent that has been taken over. It is let in, speaks the protocol without a fault, and asks for everything. What
/// it is refused changes nothing, has the right reason, is counted and is written down; and hostd goes on.
final class HostileAgentTest {
    private static final InstanceId UNKNOWN = new InstanceId("i-99999999");
    private static final TenantId OTHER = new TenantId("other");
    private static final PoolId DB = new PoolId("db");
    private static final Resources SIZE = new Resources(1, 128, 0);
    private static final Digest REVISION = Ceremony.REVISION;

    @TempDir
    private Path folder;

    private final HostFixture fixture = new HostFixture();
    private final List<AutoCloseable> opened = new ArrayList<>();

    /// Means of an agent: a connection, and nothing else.
    private record Agent(SocketChannel channel, HostdFrames frames) implements AutoCloseable {
        static Agent connect(Path socket) throws IOException {
            var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            return new Agent(channel, new HostdFrames(channel::read, ByteBuffer::allocateDirect));
        }

        HostReply ask(HostOperation operation) throws IOException {
            send(new OperationWriter().encode(operation));
            return ReplyReader.reply(frames.next().orElseThrow());
        }

        void send(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        boolean closedByHostd() throws IOException {
            try {
                return channel.read(ByteBuffer.allocate(1)) < 0;
            } catch (SocketException e) {
                return true; // with bytes that nobody had read
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private Agent agent;

    @BeforeEach
    void serve() throws Exception {
        serve("hostd.sock", ownUid());
        agent = connect("hostd.sock");
    }

    private static int ownUid() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    @SuppressWarnings("MustBeClosedChecker") // closed after the test
    private void serve(String name, int uid) throws Exception {
        var directory = Directory.open(folder);
        var listener = UnixListener.streams(directory, name, 0600);
        var stop = new WakeUp();
        var observer = fixture.observer(new Changes());
        var answering = new Answering(fixture.host, observer, fixture.machines, _ -> {});
        var server = new Server(listener, new PeerCheck(uid, Optional.empty()), answering);
        var thread = Thread.ofPlatform().start(() -> {
            try {
                server.run(stop);
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        });
        opened.add(() -> {
            stop.signal();
            thread.join();
            stop.close();
            listener.close();
            directory.close();
        });
    }

    private Agent connect(String name) throws IOException {
        var connected = Agent.connect(folder.resolve(name));
        opened.add(connected);
        return connected;
    }

    @AfterEach
    void stop() throws Exception {
        for (var part : opened.reversed()) {
            part.close();
        }
    }

    /// All that could have changed.
    private Map<String, Object> everything() {
        var all = new TreeMap<String, Object>();
        fixture.trustFiles.content.forEach((name, bytes) -> all.put("trust/" + name, Bytes.of(bytes)));
        fixture.registryFiles.content.forEach((name, bytes) -> all.put("registry/" + name, Bytes.of(bytes)));
        all.put("state", fixture.trust.installed().map(state -> state.state().digest()));
        all.remove("trust/floor.json"); // in which the time that was seen goes on
        all.put("floor", fixture.trust.floor().at(TimeMark.NONE));
        all.put("roots", fixture.trust.roots().newest());
        all.put("networks", fixture.networks.count(false).up());
        for (var record : fixture.registry.all()) {
            var id = record.address().instance();
            all.put(id.value(), record + " " + fixture.machines.state(id) + " " + fixture.machines.attached(record));
        }
        all.put("alive", List.copyOf(fixture.machines.alive()));
        return all;
    }

    private Observation observe() throws IOException {
        return ((HostReply.Observed) agent.ask(new HostOperation.Observe(0, 0))).observation();
    }

    /// Asks for what it must not have.
    private void refused(String reason, String subject, HostOperation operation) throws IOException {
        var before = everything();
        var counted = observe().refusals();
        int written = fixture.audited().size();
        assertThat(agent.ask(operation)).as("%s", operation).isEqualTo(new HostReply.Refused(new Label(reason)));
        assertThat(everything()).as("%s", operation).isEqualTo(before);
        assertThat(observe().refusals())
                .as("%s", operation)
                .hasSize(counted.size() + (counted.containsKey(reason) ? 0 : 1))
                .containsEntry(reason, counted.getOrDefault(reason, 0L) + 1);
        var record = "\"action\":\"%s\",\"subject\":\"%s\",\"result\":\"refused\",\"reason\":\"%s\","
                .formatted(operation.word(), subject, reason);
        assertThat(fixture.audited())
                .as("%s", operation)
                .hasSize(written + 1)
                .last()
                .asString()
                .contains(record);
    }

    private void refused(String reason, HostOperation.OnInstance operation) throws IOException {
        refused(reason, operation.instance().value(), operation);
    }

    private void refused(String reason, HostOperation.Install operation) throws IOException {
        refused(reason, Digest.of(operation.envelope().array()).value(), operation);
    }

    private void refused(String reason, HostOperation.CreateInstance operation) throws IOException {
        refused(reason, operation.address().toString(), operation);
    }

    /// Every operation on an instance but destruction, which takes nothing that may stay.
    private static List<HostOperation.OnInstance> allOn(InstanceId id) {
        return List.of(
                new HostOperation.AttachDrives(id),
                new HostOperation.StartInstance(id),
                new HostOperation.StopInstance(id, 0),
                new HostOperation.PauseInstance(id),
                new HostOperation.ResumeInstance(id),
                new HostOperation.SleepInstance(id, true),
                new HostOperation.WakeInstance(id),
                new HostOperation.GuestPing(id),
                exec(id),
                new HostOperation.GuestLogs(id, true));
    }

    private static HostOperation.GuestExec exec(InstanceId id) {
        return new HostOperation.GuestExec(id, Bytes.EMPTY);
    }

    private static HostOperation.CreateInstance create(
            TenantId tenant, PoolId pool, InstanceId id, Slot slot, Digest revision, Resources size) {
        return new HostOperation.CreateInstance(new InstanceAddress(tenant, pool, id), slot, revision, size);
    }

    private static Slot slot(int net, int offset) {
        return new Slot(new NetId(net), offset);
    }

    @Test
    @Tag("claim-H1")
    @Tag("claim-R1")
    void beforeAState_everythingIsRefused() throws Exception {
        refused("no_state", "net 0", new HostOperation.SetupNetwork(new NetId(0)));
        refused("no_state", create(Ceremony.DEMO, Ceremony.WEB, UNKNOWN, slot(0, 3), REVISION, SIZE));
        for (var operation : allOn(UNKNOWN)) {
            refused("unknown_instance", operation);
        }
    }

    @Test
    @Tag("claim-H1")
    @Tag("claim-R1")
    void documentsOfAnyoneElse_areRefused() throws Exception {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        var junk = Bytes.of("{}".getBytes(US_ASCII));
        refused("malformed", new HostOperation.InstallRoot(junk));
        refused("malformed", new HostOperation.InstallGrant(junk));
        refused("malformed", new HostOperation.InstallState(junk, Bytes.of(new byte[0])));
        var stranger = new Ceremony();
        var root = Payloads.of(stranger.rootDocument(2));
        refused(
                "untrusted_key",
                new HostOperation.InstallRoot(Bytes.of(Ceremony.signed(DocumentType.ROOT, root, stranger.rootKey))));
        refused("unsigned", new HostOperation.InstallRoot(Bytes.of(Ceremony.signed(DocumentType.ROOT, root))));
        refused(
                "untrusted_key",
                new HostOperation.InstallGrant(
                        stranger.verified(Ceremony.grant(OTHER, 1)).envelope()));
        var state = fixture.state(new Counts(2, 0, 0));
        refused("untrusted_key", (HostOperation.Install) fixture.install(stranger.signed(state)));
        refused("equivocation", (HostOperation.Install) fixture.install(fixture.ceremony.signed(state)));
        var state2 = following(state, 2, Ceremony.NOW.plusSeconds(60));
        refused(
                "not_logged",
                new HostOperation.InstallState(Bytes.of(fixture.ceremony.signed(state2)), Bytes.of(new byte[0])));
        refused("expired", (HostOperation.Install)
                fixture.install(fixture.ceremony.signed(following(state, 3, Ceremony.NOW))));
    }

    private NodeState following(NodeState state, long sequence, java.time.Instant expires) {
        return new NodeState(
                Ceremony.NODE,
                sequence,
                sequence == 2
                        ? fixture.trust
                                .installed()
                                .map(installed -> installed.state().digest())
                        : Optional.of(Ceremony.SOME),
                expires.minusSeconds(1),
                expires,
                state.grants(),
                state.tenants());
    }

    @Test
    @Tag("claim-H1")
    @Tag("claim-R1")
    void whatTheStateDoesNotName_isRefused() throws Exception {
        var running = fixture.running();
        refused("not_in_state", "net 7", new HostOperation.SetupNetwork(new NetId(7)));
        refused("not_in_state", create(OTHER, Ceremony.WEB, UNKNOWN, slot(0, 4), REVISION, SIZE));
        refused("not_in_state", create(Ceremony.DEMO, DB, UNKNOWN, slot(0, 4), REVISION, SIZE));
        var another = new InstanceId("i-99999998");
        refused("not_in_state", create(Ceremony.DEMO, Ceremony.WEB, another, slot(7, 4), REVISION, SIZE));
        refused("revision_differs", create(Ceremony.DEMO, Ceremony.WEB, UNKNOWN, slot(0, 4), Ceremony.SOME, SIZE));
        for (var size : List.of(new Resources(2, 128, 0), new Resources(1, 129, 0), new Resources(1, 128, 1))) {
            var id = new InstanceId("i-9999%d%03d".formatted(size.vcpus(), size.memMib() + size.diskGib() * 500));
            refused("resources_differ", create(Ceremony.DEMO, Ceremony.WEB, id, slot(0, 4), REVISION, size));
        }
        refused("id_taken", create(Ceremony.DEMO, Ceremony.WEB, running, slot(0, 4), REVISION, SIZE));
        refused("slot_taken", create(Ceremony.DEMO, Ceremony.WEB, UNKNOWN, slot(0, 3), REVISION, SIZE));
        for (int offset = 4; offset < 6; offset++) {
            fixture.done(HostFixture.plan(new InstanceId("i-0000000" + offset), offset));
        }
        refused("count_exceeded", create(Ceremony.DEMO, Ceremony.WEB, UNKNOWN, slot(0, 9), REVISION, SIZE));
        for (var operation : allOn(UNKNOWN)) {
            refused("unknown_instance", operation);
        }
    }

    /// Each state has its operations, and the others are refused.
    @Test
    @Tag("claim-R1")
    void whatTheInstancesStateDoesNotHave_isRefused() throws Exception {
        var id = fixture.running();
        var address = new InstanceAddress(Ceremony.DEMO, Ceremony.WEB, id).toString();
        refused("not_permitted_now", address, new HostOperation.AttachDrives(id));
        refused("not_permitted_now", address, new HostOperation.StartInstance(id));
        refused("not_permitted_now", address, new HostOperation.ResumeInstance(id));
        fixture.done(new HostOperation.PauseInstance(id));
        refused("not_permitted_now", address, new HostOperation.PauseInstance(id));
        refused("not_permitted_now", address, new HostOperation.GuestPing(id));
        refused("not_permitted_now", address, exec(id));
        assertThat(fixture.perform(new HostOperation.StopInstance(id, 0))).isInstanceOf(HostReply.Ended.class);
        refused("not_permitted_now", address, new HostOperation.StopInstance(id, 0));
    }

    /// Of a tenant and of a pool that an earlier state had: they may be ended, and nothing else.
    @Test
    @Tag("claim-H1")
    @Tag("claim-R1")
    void instancesThatTheStateHasNoMore_areLeftAlone() throws Exception {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        var others = new InstanceAddress(OTHER, Ceremony.WEB, new InstanceId("i-0000000f"));
        var anotherPools = new InstanceAddress(Ceremony.DEMO, DB, new InstanceId("i-0000000e"));
        for (var address : List.of(others, anotherPools)) {
            var id = address.instance();
            var record = InstanceRecord.created(address, slot(9, 3), Ceremony.REVISION, SIZE);
            fixture.registry.put(record);
            refused("not_in_state", address.toString(), new HostOperation.AttachDrives(id));
            fixture.machines.attach(record, 0);
            refused("not_in_state", address.toString(), new HostOperation.StartInstance(id));
            var running = Launched.booted(record, 1);
            fixture.registry.put(running);
            refused("not_in_state", address.toString(), exec(id));
            refused("not_in_state", address.toString(), new HostOperation.GuestLogs(id, false));
            fixture.registry.put(running.reached(InstanceState.WARM, Optional.empty()));
            refused("not_in_state", address.toString(), new HostOperation.ResumeInstance(id));
        }
        assertThat(fixture.machines.alive()).isEmpty();
    }

    @Test
    @Tag("claim-H1")
    @Tag("claim-R1")
    void expiredState_startsNothing() throws Exception {
        var running = fixture.running();
        var ready = new InstanceId("i-00000002");
        fixture.done(HostFixture.plan(ready, 4));
        fixture.done(new HostOperation.AttachDrives(ready));
        fixture.done(new HostOperation.PauseInstance(running));
        fixture.now = Ceremony.NOW.plus(Duration.ofDays(2));
        var demo = new InstanceAddress(Ceremony.DEMO, Ceremony.WEB, ready);
        refused("frozen", create(Ceremony.DEMO, Ceremony.WEB, UNKNOWN, slot(0, 5), REVISION, SIZE));
        refused("frozen", demo.toString(), new HostOperation.AttachDrives(ready));
        refused("frozen", demo.toString(), new HostOperation.StartInstance(ready));
        refused(
                "frozen",
                new InstanceAddress(Ceremony.DEMO, Ceremony.WEB, running).toString(),
                new HostOperation.ResumeInstance(running));
        assertThat(agent.ask(new HostOperation.DestroyInstance(running))).isEqualTo(new HostReply.Done());
    }

    @Test
    @Tag("claim-R1")
    void bytesThatAreNoOperation_areCountedAndWrittenDown() throws Exception {
        var frames = List.of(
                new byte[] {0, 0, 0, 2, 0, 99}, new byte[] {0, 0, 0, 1, 0}, new byte[] {-1, -1, -1, -1}, new byte[] {
                    0, 0, 0, 3, 0, 6, 7
                });
        for (int i = 0; i < frames.size(); i++) {
            try (var broken = connect("hostd.sock")) {
                broken.send(ByteBuffer.wrap(frames.get(i)));
                assertThat(broken.closedByHostd()).isTrue();
            }
        }
        assertThat(observe().refusals()).containsOnly(Map.entry("malformed_frame", 4L));
        assertThat(fixture.audited())
                .isNotEmpty()
                .allMatch(line -> line.contains("\"action\":\"frame\"") && line.contains("\"malformed_frame\""));
    }

    @Test
    @Tag("claim-R1")
    void whoeverIsNotTheAgent_isCountedAndWrittenDown() throws Exception {
        serve("another.sock", ownUid() + 1);
        try (var stranger = connect("another.sock")) {
            assertThat(stranger.closedByHostd()).isTrue();
        }
        assertThat(observe().refusals()).containsOnly(Map.entry("wrong_peer", 1L));
        assertThat(fixture.audited())
                .singleElement()
                .asString()
                .contains("\"action\":\"connect\"", "\"detail\":\"uid " + ownUid() + " is not the agent's\"");
    }

    /// Asking without end fills no disk, and hides nothing that is asked later.
    @Test
    @Tag("claim-R2")
    void flood_isBounded_andTheNextRefusalIsStillToldApart() throws Exception {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        for (int i = 0; i < 5_000; i++) {
            assertThat(agent.ask(new HostOperation.StartInstance(InstanceId.of(i))))
                    .isNotNull();
        }
        assertThat(fixture.audited()).hasSizeLessThan(300);
        assertThat(observe().refusals()).containsOnly(Map.entry("unknown_instance", 5_000L));
        refused("not_in_state", "net 7", new HostOperation.SetupNetwork(new NetId(7)));
    }
}
