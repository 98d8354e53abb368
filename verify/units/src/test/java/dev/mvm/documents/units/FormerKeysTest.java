package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The node's package refuses the upgrade of a node whose tenants have keys that its coordinator has sent. It runs the
/// package's own `preinst`, with another state directory.
final class FormerKeysTest {
    private static final Path PREINST = Path.of("../../packaging/debian/node/control/preinst");
    private static final String PLACE = "STATE=/var/lib/mvm-hostd\n";

    @TempDir
    private Path work;

    private record Said(int status, String text) {}

    private Said preinst(String... arguments) throws Exception {
        var text = Files.readString(PREINST);
        assertThat(text).containsOnlyOnce(PLACE);
        var program = Files.writeString(work.resolve("preinst"), text.replace(PLACE, "STATE=" + state() + "\n"));
        var command = new ArrayList<>(List.of("sh", program.toString()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Said(process.waitFor(), said);
    }

    private Path state() {
        return work.resolve("hostd");
    }

    private void put(String name, String content) throws IOException {
        var file = state().resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void stateInForce(String payload) throws IOException {
        var base64 = Base64.getEncoder().encodeToString(payload.getBytes(UTF_8));
        put("trust/state.dsse", "{\"payload\":\"" + base64 + "\",\"payloadType\":\"x\",\"signatures\":[]}\n");
    }

    private void refused(String volumesAndSnapshots) throws Exception {
        var said = preinst("upgrade", "0.1.0");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.text())
                .startsWith("mvm-node: former_keys: this node has " + volumesAndSnapshots)
                .contains("Nothing was changed. Next: ")
                .hasLineCount(1);
    }

    private void taken(String... arguments) throws Exception {
        assertThat(preinst(arguments)).isEqualTo(new Said(0, ""));
    }

    @Test
    void stateWithSealedKeys_isRefused_withWhatIsUnderThem() throws Exception {
        stateInForce("{\"tenants\":[{\"keys\":[{\"id\":\"disk\",\"enc\":\"AA==\",\"sealed\":\"AA==\"}]}]}");
        refused("0 volumes and 0 snapshots");
        put("volumes/i-00000001", "");
        put("volumes/i-00000001.header", "");
        put("snapshots/i-00000002.memory", "");
        put("snapshots/i-00000002.vmstate", "");
        refused("1 volumes and 1 snapshots");
    }

    @Test
    void replacedKey_isRefused_alsoWhereTheStateNamesKeysOnly() throws Exception {
        stateInForce("{\"tenants\":[]}");
        put("replaced-keys/acme.disk.1.volume", "");
        refused("0 volumes and 0 snapshots");
    }

    @Test
    void volumeOfBeforeTheKeyService_isRefused_alsoWhereItsKeyHasLeftTheState() throws Exception {
        stateInForce("{\"tenants\":[]}");
        put("registry/i-00000001.json", "{}");
        taken("upgrade", "0.1.0");
        put("volumes/i-00000001.header", "");
        refused("1 volumes and 0 snapshots");
    }

    @Test
    void snapshotOfBeforeTheKeyService_isRefused_alsoWhereItsKeyHasLeftTheState() throws Exception {
        put("registry/i-00000001.json", "{}");
        put("snapshots/i-00000001.memory", "");
        refused("0 volumes and 1 snapshots");
    }

    @Test
    void volumesThatAPurgeHasKept_areNoReasonToRefuse() throws Exception {
        put("volumes/i-00000001.header", "");
        taken("upgrade", "0.1.0");
    }

    @Test
    void nodeWithKeysOfTheService_isUpgraded() throws Exception {
        put("registry/i-00000001.json", "{}");
        put("blob/blob", "{}");
        stateInForce("{\"tenants\":[{\"keys\":[{\"id\":\"disk\",\"version\":1,\"check\":\"AA==\"}]}]}");
        put("volumes/i-00000001.header", "");
        taken("upgrade", "0.1.0");
    }

    @Test
    void nodeWithoutState_isUpgraded() throws Exception {
        taken("upgrade", "0.1.0");
    }

    @Test
    void otherSteps_areNotRefused() throws Exception {
        put("replaced-keys/acme.disk.1.volume", "");
        taken("install");
        taken("install", "0.1.0");
        taken("abort-upgrade", "0.1.0");
        assertThat(preinst("nonsense").status()).isEqualTo(1);
    }
}
