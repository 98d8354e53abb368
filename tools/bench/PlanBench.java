import dev.mvm.agentd.plan.DesiredState;
import dev.mvm.agentd.plan.ObservedState;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.Planner;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// One pass of the planner over a million instances, against the least that has to be done to compare two sorted
/// lists, and against what is done without an order.
final class PlanBench {
    private static final int TENANTS = 4096;
    private static final int RUNNING = 100;
    private static final int WARM = 100;
    private static final int EACH = 245;
    private static final PoolId POOL = new PoolId("web");
    private static final Digest REVISION = Digest.of(new byte[] {1});
    private static final Resources SIZE = new Resources(1, 128, 0);

    private final List<NodeState.Tenant> tenants;
    private final List<Observation.Instance> instances = new ArrayList<>();
    private final Set<NetId> networks;

    private PlanBench() {
        tenants = IntStream.range(0, TENANTS).mapToObj(PlanBench::tenant).toList();
        networks = tenants.stream().map(tenant -> tenant.network().net()).collect(Collectors.toSet());
        for (var tenant : tenants) {
            for (int i = 0; i < EACH; i++) {
                instances.add(instance(tenant, i));
            }
        }
    }

    /// Every 64th wants one less than there is.
    private static NodeState.Tenant tenant(int i) {
        var net = new NetId(i);
        var counts = new Counts(i % 64 == 0 ? RUNNING - 1 : RUNNING, WARM, EACH - RUNNING - WARM);
        var pool = new NodeState.Pool(POOL, REVISION, SIZE, counts, Set.of(), Rates.UNLIMITED);
        return new NodeState.Tenant(
                new TenantId("tenant-%04d".formatted(i)),
                new TenantNet(net, Subnet.parse("10.%d.%d.0/24".formatted(240 + i / 256, i % 256))),
                new Quotas(1 << 20, 1 << 26, 300, 300, 4, 300, 1 << 20, Quotas.UNLIMITED),
                List.of(pool),
                List.of());
    }

    private Observation.Instance instance(NodeState.Tenant tenant, int i) {
        var state = i < RUNNING ? InstanceState.RUNNING : i < RUNNING + WARM ? InstanceState.WARM : InstanceState.SLEEPING;
        return new Observation.Instance(
                new InstanceAddress(tenant.tenant(), POOL, InstanceId.of(instances.size())),
                new Slot(tenant.network().net(), Slot.FIRST + i),
                state,
                REVISION,
                SIZE,
                false,
                true,
                true,
                false,
                Observation.Hook.NONE,
                i + 1,
                Optional.empty(),
                Observation.Usage.NONE,
                Optional.empty());
    }

    private Plan plan() {
        var ids = IntStream.range(0, 1000).mapToObj(InstanceId::of).iterator();
        return Planner.plan(new Planner.Input(
                new DesiredState(tenants, Set.of(), Set.of()), new ObservedState(instances, networks), Policy.NONE, ids));
    }

    /// Two sorted lists side by side, every element of both looked at once: which pools have another count.
    private int merge() {
        int differ = 0;
        int at = 0;
        for (var tenant : tenants) {
            for (var pool : tenant.pools()) {
                int running = 0;
                int warm = 0;
                while (at < instances.size()) {
                    var instance = instances.get(at);
                    var address = instance.address();
                    if (!address.tenant().equals(tenant.tenant()) || !address.pool().equals(pool.pool())) {
                        break;
                    }
                    running += instance.state() == InstanceState.RUNNING ? 1 : 0;
                    warm += instance.state() == InstanceState.WARM ? 1 : 0;
                    at++;
                }
                differ += running != pool.counts().running() || warm != pool.counts().warm() ? 1 : 0;
            }
        }
        return differ;
    }

    /// Compares observed and desired by looking up names of one map in the other.
    private int maps() {
        var there = new HashMap<InstanceAddress, InstanceState>();
        for (var instance : instances) {
            there.put(instance.address(), instance.state());
        }
        var wanted = new HashMap<InstanceAddress, InstanceState>();
        for (var instance : instances) {
            wanted.put(instance.address(), InstanceState.RUNNING);
        }
        int differ = 0;
        for (var want : wanted.entrySet()) {
            differ += want.getValue().equals(there.get(want.getKey())) ? 0 : 1;
        }
        return differ;
    }

    public static void main(String[] arguments) {
        var bench = new PlanBench();
        check(bench.plan().steps().size() == TENANTS / 64, "a step for each pool that differs");
        check(bench.merge() == TENANTS / 64, "the merge finds the same");
        check(bench.maps() == TENANTS * (EACH - RUNNING), "the maps differ where they should");
        for (int i = 0; i < 30; i++) { // until all is compiled
            bench.plan();
            bench.merge();
        }
        var vsMerge = new ArrayList<Double>();
        var vsMaps = new ArrayList<Double>();
        var mergeVsMaps = new ArrayList<Double>();
        var millis = new ArrayList<Double>();
        for (int i = 0; i < Figures.ROUNDS; i++) {
            double pass = Figures.rate(bench::plan);
            double merge = Figures.rate(bench::merge);
            double maps = Figures.rate(bench::maps);
            vsMerge.add(merge / pass);
            vsMaps.add(pass / maps);
            mergeVsMaps.add(merge / maps);
            millis.add(1e3 / pass);
        }
        var words = bench.instances.size() + " instances of " + TENANTS + " pools";
        Figures.print("plan.pass.vs_merge", Figures.median(vsMerge), "times as long as a merge of sorted lists");
        Figures.print("plan.pass.vs_maps", Figures.median(vsMaps), "times as fast as two hash maps and a look at each");
        Figures.print("plan.merge.vs_maps", Figures.median(mergeVsMaps), "times as fast, the merge of sorted lists itself");
        Figures.print("plan.pass.ms", Figures.median(millis), words + ", one thread");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not so: " + what);
        }
    }
}
