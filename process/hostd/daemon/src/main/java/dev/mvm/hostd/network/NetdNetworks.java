package dev.mvm.hostd.network;

import dev.mvm.hostd.host.Networks;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NetdReply;
import dev.mvm.protocol.netd.NetdRequest;
import dev.mvm.protocol.netd.NodeNetworks;
import dev.mvm.protocol.netd.Place;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/// Tenants' networks as netd makes them. Each request says all that they follow from: the state and the registry.
///
/// Thread-safe.
public final class NetdNetworks implements Networks {
    private final Netd netd;
    private final Optional<InterfaceName> uplink;
    private final Registry registry;
    private final Supplier<Optional<InstalledState>> installed;
    private final Function<InstanceRecord, Set<PoolFlag>> flags;
    private final Function<InstanceRecord, Rates> rates;

    /// @param uplink the interface by which guests may reach the world, if there is one
    /// @param installed the state in force
    /// @param flags what that state says of an instance's pool
    /// @param rates the same
    public NetdNetworks(
            Netd netd,
            Optional<InterfaceName> uplink,
            Registry registry,
            Supplier<Optional<InstalledState>> installed,
            Function<InstanceRecord, Set<PoolFlag>> flags,
            Function<InstanceRecord, Rates> rates) {
        this.netd = netd;
        this.uplink = uplink;
        this.registry = registry;
        this.installed = installed;
        this.flags = flags;
        this.rates = rates;
    }

    private NetdReply ask(String step, Supplier<NetdRequest> request, Fd... handed) throws StepException {
        try {
            return netd.ask(request, handed);
        } catch (IOException e) {
            throw new StepException(step, e);
        }
    }

    private void done(String step, Supplier<NetdRequest> request, Fd... handed) throws StepException {
        if (!(ask(step, request, handed) instanceof NetdReply.Done)) {
            throw unexpected();
        }
    }

    private NodeNetworks all() {
        return all(installed.get());
    }

    private NodeNetworks all(Optional<InstalledState> state) {
        var networks = state.stream()
                .flatMap(each -> each.state().value().tenants().stream())
                .map(NodeState.Tenant::network)
                .toList();
        var places = registry.all().stream().map(this::place).toList();
        return new NodeNetworks(uplink, networks, places);
    }

    private Place place(InstanceRecord instance) {
        var all = flags.apply(instance);
        var most = rates.apply(instance);
        boolean isolated = all.contains(PoolFlag.ISOLATED);
        boolean egress = all.contains(PoolFlag.EGRESS);
        return new Place(instance.slot(), isolated, egress, most.netMib(), most.netPackets());
    }

    @Override
    public void setUp(InstalledState state, NetId net) throws StepException {
        done("network", () -> new NetdRequest.Up(net, all(Optional.of(state))));
    }

    @Override
    public void stateChanged(InstalledState state) throws StepException {
        done("network", () -> new NetdRequest.State(all(Optional.of(state))));
    }

    @Override
    public Count count(boolean asked) throws StepException {
        if (ask("network", () -> new NetdRequest.Count(asked))
                instanceof NetdReply.Counted(var up, var traffic, var all)) {
            return new Count(up, traffic, all);
        }
        throw unexpected();
    }

    @Override
    public String verify(boolean deep) throws StepException {
        if (ask("network", () -> new NetdRequest.Verify(deep)) instanceof NetdReply.Found(var lines)) {
            return lines;
        }
        throw unexpected();
    }

    /// Makes a VM's tap, which `uid` may attach to, in the VM's own network namespace, in which there is
    /// nothing else; it stays there until [#fetch].
    ///
    /// @param tun `/dev/net/tun`, opened in that namespace; no VMM attaches as long as it is open anywhere
    public void prepare(Slot slot, int uid, Fd tun) throws StepException {
        done("tap", () -> new NetdRequest.Prepare(slot, uid), tun);
    }

    /// Takes the tap, to which the VMM is attached by then, out of the VM's namespace and connects it.
    ///
    /// @param route an rtnetlink socket of that namespace
    public void fetch(TenantNet network, Slot slot, int uid, Fd route) throws StepException {
        done("tap", () -> new NetdRequest.Fetch(slot, uid, network.subnet(), all()), route);
    }

    /// A VM that an earlier hostd has connected, and that still runs: all of its network is made what it should be.
    ///
    /// @return false if its tap is gone
    public boolean adopt(TenantNet network, Slot slot, int uid) throws StepException {
        return switch (ask("network", () -> new NetdRequest.Adopt(slot, uid, network.subnet(), all()))) {
            case NetdReply.Done _ -> true;
            case NetdReply.Absent _ -> false; // its VM is ended then: no other reply may do that
            default -> throw unexpected();
        };
    }

    /// Takes a VM off its network and removes its tap, if there is one.
    public void disconnect(Slot slot) throws StepException {
        done("tap", () -> new NetdRequest.Disconnect(slot, all()));
    }

    private static StepException unexpected() {
        return new StepException("network", "netd has replied to something else");
    }
}
