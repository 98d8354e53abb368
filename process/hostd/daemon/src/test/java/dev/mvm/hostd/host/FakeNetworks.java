package dev.mvm.hostd.host;

import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.trust.InstalledState;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Networks without a kernel.
public final class FakeNetworks implements Networks {
    private final Set<NetId> up = new HashSet<>();
    private final Map<Slot, Long> asked = new ConcurrentHashMap<>();

    @Override
    public void setUp(InstalledState state, NetId net) {
        up.add(net);
    }

    public void takeDown(NetId net) {
        up.remove(net);
    }

    @Override
    public Count count(boolean wanted) {
        return new Count(Set.copyOf(up), Map.of(new Slot(new NetId(0), 3), 99L), wanted ? Map.copyOf(asked) : Map.of());
    }

    @Override
    public String verify(boolean deep) {
        return "\ngood " + (deep ? "deep" : "shallow") + "\t" + up;
    }

    @Override
    public void stateChanged(InstalledState state) {
        up.removeIf(net -> state.state().value().tenants().stream()
                .noneMatch(tenant -> tenant.network().net().equals(net)));
    }

    /// Somebody asks for `slot`.
    public void ask(Slot slot) {
        asked.merge(slot, 1L, Long::sum);
    }
}
