package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.grant;
import static dev.mvm.keyd.store.StoreFixture.lent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.trust.Grant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Operators and a coordinator at random, processes that end at random: whatever they do, a key that is lent is the
/// same for ever, exactly what the newest grants allow is lent, and no number has two keys.
final class StoreModelTest {
    private static final List<TenantId> TENANTS = List.of(new TenantId("demo"), new TenantId("rival"));
    private static final List<KeyName> IDS = List.of(new KeyName("disk"), new KeyName("snap"));

    @TempDir
    private Path folder;

    private int cases;

    /// Everything that is known of a store from outside.
    private static final class Model {
        private final Map<KeyPlace, Bytes> known = new HashMap<>();
        private final Set<KeyPlace> ended = new HashSet<>();
        private final Map<TenantId, GrantKeys> grants = new HashMap<>();
        private final Set<TenantId> gone = new HashSet<>();

        private static KeyPlace place(ListedKey key, ListedKey.Version version) {
            return new KeyPlace(key.tenant(), key.id(), key.purpose(), version.number());
        }

        private boolean allowed(KeyPlace place) {
            var grant = grants.get(place.tenant());
            return !gone.contains(place.tenant())
                    && grant != null
                    && grant.keys().stream()
                            .anyMatch(each -> each.id().equals(place.id()) && place.version() >= each.minVersion());
        }

        void compare(KeyStore store) throws Exception {
            var listed = new HashSet<KeyPlace>();
            for (var key : store.list()) {
                for (var version : key.versions()) {
                    var place = place(key, version);
                    listed.add(place);
                    assertThat(ended).doesNotContain(place);
                    assertThat(allowed(place)).as("%s", place).isTrue();
                    var bytes = lent(store, place);
                    assertThat(known.getOrDefault(place, bytes)).isEqualTo(bytes);
                    known.put(place, bytes);
                }
            }
            for (var place : known.keySet()) {
                if (!listed.contains(place)) {
                    assertThat(allowed(place) && !ended.contains(place))
                            .as("%s", place)
                            .isFalse();
                    ended.add(place);
                }
            }
            assertThat(new HashSet<>(known.values())).hasSize(known.size());
        }

        void demandGranted(KeyStore store) {
            for (var grant : grants.values()) {
                for (var key : gone.contains(grant.tenant()) ? List.<Grant.Key>of() : grant.keys()) {
                    assertThat(store.list())
                            .anyMatch(each -> each.tenant().equals(grant.tenant())
                                    && each.id().equals(key.id())
                                    && each.primary() >= key.minVersion());
                }
            }
        }
    }

    private static GrantKeys drawn(Draw draw, Model model, TenantId tenant) {
        var keys = new ArrayList<Grant.Key>();
        for (var id : IDS) {
            if (draw.intBetween(0, 3) > 0) {
                keys.add(new Grant.Key(id, KeyPurpose.VOLUME, draw.intBetween(1, 8)));
            }
        }
        var before = model.grants.get(tenant);
        return grant(tenant, before == null ? 1 : before.version() + 1, keys.toArray(Grant.Key[]::new));
    }

    private static void act(Draw draw, Model model, StoreFixture fixture, KeyStore store) throws Exception {
        var tenant = TENANTS.get(draw.intBetween(0, 1));
        switch (draw.intBetween(0, 5)) {
            case 0, 1 -> {
                if (!model.gone.contains(tenant)) {
                    var grant = drawn(draw, model, tenant);
                    model.grants.put(tenant, grant);
                    store.apply(grant);
                }
            }
            case 2, 3 -> {
                fixture.clock.pass(draw.intBetween(0, 4000));
                try {
                    var _ = store.rotate(tenant, IDS.get(draw.intBetween(0, 1)));
                } catch (StoreException _) { // too soon, or not there
                }
            }
            case 4 -> store.rewrap();
            default -> {
                if (draw.intBetween(0, 4) == 4) {
                    model.gone.add(tenant);
                    store.tombstone(tenant);
                }
            }
        }
    }

    /// Does one thing in a process that may end on the way.
    @SuppressWarnings("MustBeClosedChecker") // a process that is gone closes nothing
    private static void process(Draw draw, Model model, StoreFixture fixture) throws Exception {
        var steps = new Steps(draw.flag() ? draw.intBetween(0, 9) : Integer.MAX_VALUE);
        try (var files = StoreDirectory.open(fixture.store)) {
            var master = new HeldMasterKey(steps.of(new EpochFiles(fixture.masters)), new KeyCipher());
            try {
                var store = new KeyStore(() -> {}, StoreRecords.read(steps.of(files)), master, fixture.clock);
                act(draw, model, fixture, store);
            } catch (Steps.Gone _) { // it is opened again below
            } finally {
                master.close();
            }
        }
    }

    @Test
    void whateverHappens_keysAreWhatGrantsSay() {
        Property.holds(12, draw -> {
            var fixture = new StoreFixture(Files.createDirectory(folder.resolve("case-" + cases++))).made();
            var model = new Model();
            for (int i = draw.intBetween(1, 25); i > 0; i--) {
                process(draw, model, fixture);
                try (var store = fixture.open()) {
                    for (var grant : model.grants.values()) { // documents come again after a start
                        if (!model.gone.contains(grant.tenant())) {
                            store.apply(grant);
                        }
                    }
                    for (var tenant : model.gone) {
                        store.tombstone(tenant);
                    }
                    model.compare(store);
                    model.demandGranted(store);
                    assertThat(StoreFixture.files(fixture.masters)).hasSize(1);
                }
            }
        });
    }
}
