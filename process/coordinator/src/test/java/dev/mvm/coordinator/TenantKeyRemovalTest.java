package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.store.Txn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store of a coordinator of before the key service: keys of tenants in it, with a canary in the place of each.
final class TenantKeyRemovalTest {
    private static final String CANARY = "canary-of-a-key-";

    @TempDir
    private Path folder;

    private final List<String> canaries = new ArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private TestFleet fleet;

    @BeforeEach
    void used() throws Exception {
        fleet = TestFleet.start(folder);
        fleet.post("/v1/tenants", "{\"tenant\":\"acme\"}");
        fleet.close();
        try (var store = Stores.sqlite(state().resolve("store.db"), new SteadyClock())) {
            store.txn(Txn.of(put("/keys/gone/disk")));
            store.txn(Txn.of(Op.delete(new Key("/keys/gone/disk")))); // of a tenant that was destroyed
            store.txn(Txn.of(put("/keys/acme/disk"), put("/node-keys/edge-1")));
            store.txn(Txn.of(put("/keys/acme/disk"))); // a rotation
            store.txn(Txn.of(put("/sealed/edge-1/acme/disk"), put("/sealed/edge-1/acme/snap")));
        }
        Files.writeString(state().resolve("master.keys"), canary());
    }

    @AfterEach
    void stop() throws Exception {
        fleet.close();
    }

    private Path state() {
        return folder.resolve("state");
    }

    private String canary() {
        canaries.add(CANARY + canaries.size());
        return canaries.getLast();
    }

    private Op put(String path) {
        return Op.put(new Key(path), ByteString.copyFromUtf8(canary()));
    }

    /// All bytes of the state directory, those of SQLite's files included.
    private String everything() throws IOException {
        var all = new StringBuilder();
        try (var files = Files.walk(state())) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                all.append(Files.readString(file, ISO_8859_1));
            }
        }
        return all.toString();
    }

    private int forget(String... more) {
        var words = new ArrayList<>(List.of("forget-tenant-keys", "--dir", state().toString()));
        words.addAll(List.of(more));
        return new CommandLine(
                        (_, _, _, _) -> new FakeDocuments().documents(),
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8))
                .run(words);
    }

    private void startIsRefused() {
        assertThatThrownBy(() -> Coordinator.start(fleet.settings(), fleet.documents.documents()))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("\n")
                .hasMessageContainingAll("2 keys of tenants", "forget-tenant-keys", "(tenant_keys_in_store)");
    }

    @Test
    @Tag("claim-K4")
    void storeWithTenantsKeys_isNotServed_untilTheyAreRemovedFromEveryFile() throws Exception {
        assertThat(everything()).contains(canaries);
        startIsRefused();
        assertThat(forget()).isEqualTo(CommandLine.FAILED);
        assertThat(err.toString(UTF_8))
                .contains("nothing is removed yet", "2 keys of tenants", "--yes", "(not_confirmed)")
                .hasLineCount(1);
        assertThat(everything()).contains(canaries);
        startIsRefused();

        assertThat(forget("--yes")).as(err.toString(UTF_8)).isZero();
        assertThat(out.toString(UTF_8)).contains("removed 2 keys of tenants").hasLineCount(1);
        assertThat(everything()).doesNotContain(CANARY);
        assertThat(state().resolve("master.keys")).doesNotExist();
        try (var coordinator = Coordinator.start(fleet.settings(), fleet.documents.documents())) {
            assertThat(coordinator.agentPort()).isPositive();
        }
    }

    @Test
    void rest_staysInTheStore() throws Exception {
        assertThat(forget("--yes")).isZero();
        fleet = TestFleet.start(folder);
        assertThat(fleet.get("/v1/tenants").body()).contains("\"tenant\":\"acme\"");
        fleet.post("/v1/tenants", "{\"tenant\":\"rival\"}");
        fleet.restart();
        assertThat(fleet.get("/v1/tenants").body()).contains("\"tenant\":\"rival\"");
    }

    /// It was cut short after the store, or somebody is careful.
    @Test
    void repeated_itFinishes_andAsksForNoWord() throws Exception {
        assertThat(forget("--yes")).isZero();
        Files.writeString(state().resolve("master.keys"), canary());
        assertThat(forget()).isZero();
        assertThat(everything()).doesNotContain(CANARY);
    }

    @Test
    void linkInThePlaceOfTheMasterKey_isNotFollowed() throws Exception {
        var other = Files.writeString(folder.resolve("other"), "of another");
        Files.delete(state().resolve("master.keys"));
        Files.createSymbolicLink(state().resolve("master.keys"), other);
        assertThat(forget("--yes")).isZero();
        assertThat(other).hasContent("of another");
    }

    @Test
    void storeThatIsInUse_orIsNotThere_isRefusedInOneLine() throws Exception {
        try (var store = Stores.sqlite(state().resolve("store.db"), new SteadyClock())) {
            assertThat(store.revision()).isPositive();
            assertThat(forget("--yes")).isEqualTo(CommandLine.FAILED);
        }
        Files.delete(state().resolve("store.db"));
        assertThat(forget("--yes")).isEqualTo(CommandLine.FAILED);
        assertThat(err.toString(UTF_8)).contains("there is no store in").hasLineCount(2);
        assertThat(forget("--dir")).isEqualTo(CommandLine.USAGE);
    }
}
