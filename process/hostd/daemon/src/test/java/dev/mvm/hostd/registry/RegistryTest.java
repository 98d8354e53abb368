package dev.mvm.hostd.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RegistryTest {
    private static final Map<InstanceState, String> WORDS_OF_STATES = Map.of(
            InstanceState.CREATED, "Created",
            InstanceState.READY, "Ready",
            InstanceState.RUNNING, "Running",
            InstanceState.WARM, "Warm",
            InstanceState.SLEEPING, "Sleeping",
            InstanceState.STOPPED, "Stopped",
            InstanceState.DESTROYED, "Destroyed");
    private static final Map<Intent, String> WORDS_OF_INTENTS = Map.of(
            Intent.START, "start",
            Intent.STOP, "stop",
            Intent.PAUSE, "pause",
            Intent.RESUME, "resume",
            Intent.SLEEP, "sleep",
            Intent.WAKE, "wake",
            Intent.DESTROY, "destroy");

    /// A record at rest has a process and a time of boot as its state has them; one whose operation is under way may
    /// have them in any case.
    private static InstanceRecord some(Draw draw) {
        var state = draw.of(List.of(InstanceState.values()));
        boolean underWay = draw.flag();
        boolean launched = state.holdsMemory() || (underWay && draw.flag());
        boolean booted = state.holdsMemory()
                || state == InstanceState.SLEEPING
                || state == InstanceState.STOPPED
                || (underWay && draw.flag());
        return new InstanceRecord(
                InstanceAddress.parse("demo/web/" + InstanceId.of(draw.intBetween(0, 5))),
                new Slot(new NetId(draw.intBetween(0, 4095)), draw.intBetween(3, 254)),
                Ceremony.REVISION,
                new Resources(draw.intBetween(1, 32), draw.intBetween(64, 9999), draw.intBetween(0, 9)),
                state,
                underWay ? Optional.of(draw.of(List.of(Intent.values()))) : Optional.empty(),
                launched
                        ? Optional.of(new VmIdentity(
                                draw.intBetween(1, 99_999), draw.between(0, Long.MAX_VALUE), "boot", "/a.slice/b"))
                        : Optional.empty(),
                booted ? draw.between(1, Long.MAX_VALUE) : 0,
                draw.flag() ? sleep(draw) : Sleep.after(0),
                draw.flag() ? Optional.of(new Label("vmm_exited")) : Optional.empty(),
                draw.flag() ? Optional.of(Digest.of(draw.bytes(0, 2))) : Optional.empty());
    }

    private static Sleep sleep(Draw draw) {
        return new Sleep(
                draw.between(0, Long.MAX_VALUE),
                draw.between(0, Long.MAX_VALUE),
                draw.between(0, Long.MAX_VALUE),
                draw.between(0, Long.MAX_VALUE),
                draw.between(0, Long.MAX_VALUE),
                draw.between(0, Long.MAX_VALUE));
    }

    @Test
    void reopenedRegistry_hasWhatWasPut() {
        Property.holds(500, draw -> {
            var files = new MemoryFiles();
            var registry = Registry.open(files);
            for (var record : draw.list(0, 8, () -> some(draw))) {
                registry.put(record);
                if (draw.intBetween(0, 4) == 0) {
                    registry.remove(record.address().instance());
                }
            }
            assertThat(Registry.open(files).all()).isEqualTo(registry.all());
        });
    }

    @Test
    void recordThatCouldNotBeWritten_isNotSeen() throws Exception {
        var files = new MemoryFiles();
        var registry = Registry.open(files);
        var record = InstanceRecord.created(
                InstanceAddress.parse("demo/web/i-00000001"),
                new Slot(new NetId(0), 3),
                Ceremony.REVISION,
                new Resources(1, 128, 0));
        files.full = true;
        assertThatThrownBy(() -> registry.put(record)).isInstanceOf(IOException.class);
        assertThat(registry.all()).isEmpty();
        files.full = false;
        registry.put(record);
        files.full = true;
        assertThatThrownBy(() -> registry.remove(record.address().instance())).isInstanceOf(IOException.class);
        assertThat(registry.find(record.address().instance())).contains(record);
    }

    /// A hostd that is installed later reads what this one has written.
    @Test
    void records_areWrittenAsEver() throws Exception {
        var address = InstanceAddress.parse("demo/web/i-00000001");
        for (var state : InstanceState.values()) {
            for (var intent : Intent.values()) {
                var record = new InstanceRecord(
                        address,
                        new Slot(new NetId(7), 3),
                        Ceremony.REVISION,
                        new Resources(2, 512, 10),
                        state,
                        Optional.of(intent),
                        Optional.of(new VmIdentity(4711, 12345, "boot", "/mvm.slice/vm")),
                        1_780_000_000L,
                        new Sleep(1, 2, 3, 4, 5, 6),
                        Optional.of(new Label("vmm_exited")),
                        Optional.empty());
                var golden = golden().formatted(WORDS_OF_STATES.get(state), WORDS_OF_INTENTS.get(intent));
                assertThat(new String(RecordJson.write(record), UTF_8)).isEqualTo(golden);
                assertThat(RecordJson.read(golden.getBytes(UTF_8))).isEqualTo(record);
            }
        }
    }

    @Test
    void planOfWhatIsBeingDone_isWrittenBeforeTheProcess() throws Exception {
        var record = RecordJson.read(golden().formatted("Running", "stop").getBytes(UTF_8));
        var planned = record.under(Optional.of(Digest.of(new byte[] {7})));
        var text = new String(RecordJson.write(planned), UTF_8);
        assertThat(text)
                .isEqualTo(
                        golden().formatted("Running", "stop")
                                .replace(
                                        ",\"vm\":",
                                        ",\"plan\":\"sha256:ca358758f6d27e6cf45272937977a748fd88391db679ceda7dc7bf1f005ee879\",\"vm\":"));
        assertThat(RecordJson.read(text.getBytes(UTF_8))).isEqualTo(planned);
        for (var wrong : List.of("", "none", "sha256:00", "sha256:" + "Z".repeat(64))) {
            var damaged = text.replaceFirst("\"plan\":\"[^\"]*\"", "\"plan\":\"" + wrong + "\"");
            assertThatThrownBy(() -> RecordJson.read(damaged.getBytes(UTF_8))).isInstanceOf(JsonException.class);
        }
    }

    private static String golden() throws IOException {
        try (var in = RegistryTest.class.getResourceAsStream("record.json")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
        }
    }

    @Test
    @Tag("claim-S4")
    void latestEpochOfADestroyedInstance_isKept() throws Exception {
        var files = new MemoryFiles();
        var registry = Registry.open(files);
        for (long epoch : new long[] {3, 7, 5}) {
            var record = InstanceRecord.created(
                            InstanceAddress.parse("demo/web/i-00000001"),
                            new Slot(new NetId(0), 3),
                            Ceremony.REVISION,
                            new Resources(1, 128, 0))
                    .withSleep(Sleep.after(epoch));
            registry.put(record);
            registry.remove(record.address().instance());
            registry = Registry.open(files);
        }
        assertThat(registry.epoch()).isEqualTo(7);
        assertThat(registry.all()).isEmpty();
        assertThat(files.content).containsOnlyKeys("epoch");
        assertThat(new String(files.content.get("epoch"), UTF_8)).isEqualTo("7");
    }

    @Test
    @Tag("claim-H5")
    void damagedEpoch_stopsTheStart() {
        var files = new MemoryFiles();
        files.content.put("epoch", "seven".getBytes(UTF_8));
        assertThatThrownBy(() -> Registry.open(files)).hasMessageContaining("epoch is damaged");
    }

    @Test
    @Tag("claim-H5")
    void damagedFile_stopsTheStart() {
        var files = new MemoryFiles();
        files.content.put("i-00000001.json", "{\"version\":1}".getBytes(UTF_8));
        assertThatThrownBy(() -> Registry.open(files)).hasMessageContaining("i-00000001.json is damaged");
    }

    @Test
    void fileUnderAnotherName_stopsTheStart() throws Exception {
        var files = new MemoryFiles();
        var registry = Registry.open(files);
        registry.put(InstanceRecord.created(
                InstanceAddress.parse("demo/web/i-00000001"),
                new Slot(new NetId(0), 3),
                Ceremony.REVISION,
                new Resources(1, 128, 0)));
        files.content.put("i-00000002.json", files.content.get("i-00000001.json"));
        assertThatThrownBy(() -> Registry.open(files)).hasMessageContaining("holds another instance");
    }

    /// The format has room for a process in every state, and for none where there must be one.
    @ParameterizedTest
    @Tag("claim-H5")
    @CsvSource({
        "Ready, 0, true",
        "Ready, 1780000000, false",
        "Running, 1780000000, false",
        "Warm, 0, true",
        "Sleeping, 1780000000, true",
        "Sleeping, 0, false",
        "Stopped, 1780000000, true",
        "Stopped, 0, false"
    })
    void fileThatContradictsItsState_stopsTheStart(String state, long started, boolean process) throws Exception {
        var files = new MemoryFiles();
        var text = golden().formatted(state, "").replace("\"started\":1780000000", "\"started\":" + started);
        if (!process) {
            text = text.replaceFirst(",\"vm\":\\{[^}]*}", "");
        }
        files.content.put("i-00000001.json", text.getBytes(UTF_8));
        assertThatThrownBy(() -> Registry.open(files))
                .hasMessageContaining("i-00000001.json is damaged")
                .hasMessageContaining("vm or started contradicts the state " + state);
    }
}
