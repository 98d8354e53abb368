package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyPurpose;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/// The sleeping instances and data volumes that are lost with versions of a tenant's key, as nodes have reported them
/// last. A node may lie, and one that is away may have more: this informs, and guards nothing.
final class KeyLosses {
    private static final Comparator<Place> BY_NAME =
            Comparator.comparing(Place::pool).thenComparing(Place::node);

    private final TenantKeyName key;
    private final KeyPurpose purpose;
    private final IntPredicate ends;
    private final Map<Place, Count> counts = new TreeMap<>(BY_NAME);
    private final Map<String, String> incomplete = new TreeMap<>();

    private record Place(String pool, String node) {}

    /// @param unknown those of which the node does not know the version; some may be lost
    private record Count(int sleeping, int volumes, int unknown) {
        private static final Count NOTHING = new Count(0, 0, 0);

        Count plus(Count other) {
            return new Count(sleeping + other.sleeping, volumes + other.volumes, unknown + other.unknown);
        }

        boolean isNothing() {
            return equals(NOTHING);
        }
    }

    private KeyLosses(TenantKeyName key, KeyPurpose purpose, IntPredicate ends) {
        this.key = key;
        this.purpose = purpose;
        this.ends = ends;
    }

    /// Asks the coordinator for what its nodes have reported.
    ///
    /// @param ends which versions of the key end
    static KeyLosses read(CoordinatorClient coordinator, TenantKeyName key, KeyPurpose purpose, IntPredicate ends)
            throws Failure {
        var losses = new KeyLosses(key, purpose, ends);
        var instances = coordinator.get("/v1/instances?tenant=" + key.tenant());
        for (var instance : ResponseFields.objects(instances, "instances")) {
            losses.count(instance);
        }
        losses.compareNodes(
                ResponseFields.objects(coordinator.get("/v1/nodes"), "nodes"),
                ResponseFields.objects(coordinator.get("/v1/node-documents"), "documents"));
        return losses;
    }

    private void count(Json.Obj instance) throws Failure {
        var address = ResponseFields.text(instance, "address");
        var place = new Place(
                address.substring(0, Math.max(0, address.lastIndexOf('/'))), ResponseFields.text(instance, "node"));
        var uses = ResponseFields.objects(instance, "keys").stream()
                .filter(use -> ResponseFields.text(use, "purpose").equals(purpose.word()))
                .toList();
        boolean sleeps = ResponseFields.text(instance, "state").equals(InstanceState.SLEEPING.word());
        boolean silent = uses.isEmpty() && sleeps && purpose == KeyPurpose.SNAPSHOT; // an agent that does not report it
        var sum = silent ? new Count(0, 0, 1) : Count.NOTHING;
        for (var use : uses) {
            sum = sum.plus(lost(use));
        }
        if (!sum.isNothing()) {
            counts.merge(place, sum, Count::plus);
        }
    }

    private Count lost(Json.Obj use) {
        int version = Math.toIntExact(Math.clamp(ResponseFields.number(use, "version"), 0, Integer.MAX_VALUE));
        if (version == 0) {
            return new Count(0, 0, 1);
        }
        if (!ResponseFields.text(use, "key").equals(key.id().value()) || !ends.test(version)) {
            return Count.NOTHING;
        }
        return purpose == KeyPurpose.VOLUME ? new Count(0, 1, 0) : new Count(1, 0, 0);
    }

    /// @param documents of each node the oldest first
    private void compareNodes(List<Json.Obj> nodes, List<Json.Obj> documents) {
        var seen = new HashSet<String>();
        for (var node : nodes) {
            var name = ResponseFields.text(node, "node");
            seen.add(name);
            if (!ResponseFields.text(node, "link").equals("connected")) {
                incomplete.put(name, "is lost: what it reported before is counted");
            } else if (!ResponseFields.texts(node, "out_of_service").isEmpty()) {
                incomplete.put(name, "is out of service: what it reported before is counted");
            } else if (!ResponseFields.text(refused(node), key.tenant().value()).isEmpty()) {
                incomplete.put(name, "gets no key of the tenant: what it has may lie under other versions");
            }
        }
        var withKeys = new TreeSet<String>();
        for (var document : documents) {
            var name = ResponseFields.text(document, "node");
            boolean may = !ResponseFields.text(document, "node_key").isEmpty();
            var _ = may ? withKeys.add(name) : withKeys.remove(name);
        }
        withKeys.removeAll(seen);
        withKeys.forEach(name ->
                incomplete.put(name, "has not reported since the coordinator started: nothing of it is counted"));
    }

    private static Json.Obj refused(Json.Obj node) {
        return ResponseFields.object(node, "keys_refused");
    }

    /// Returns one row for each pool on each node that loses something.
    Table table() {
        var table = new Table("POOL", "NODE", "SLEEPING", "VOLUMES", "UNKNOWN");
        counts.forEach((place, count) -> table.row(
                place.pool(),
                place.node(),
                count.sleeping() + " asleep",
                count.volumes() + (count.volumes() == 1 ? " volume" : " volumes"),
                count.unknown() + " of unknown version"));
        return table;
    }

    /// Returns one line for each node whose part of the count is not complete.
    List<String> remarks() {
        return incomplete.entrySet().stream()
                .map(each -> "! node " + each.getKey() + " " + each.getValue())
                .toList();
    }

    boolean areNone() {
        return counts.isEmpty() && incomplete.isEmpty();
    }

    /// Returns everything in one line.
    String sum() {
        var all = counts.values().stream().reduce(Count.NOTHING, Count::plus);
        var parts = new ArrayList<String>();
        add(parts, all.sleeping(), "sleeping instance", "sleeping instances");
        add(parts, all.volumes(), "data volume", "data volumes");
        add(parts, all.unknown(), "of unknown version", "of unknown version");
        var line = parts.isEmpty() ? "nothing that nodes reported is" : String.join(", ", parts) + " would be";
        return line + " lost" + (incomplete.isEmpty() ? "" : ", and the count is not complete");
    }

    private static void add(List<String> parts, int count, String one, String several) {
        if (count > 0) {
            parts.add(count + " " + (count == 1 ? one : several));
        }
    }
}
