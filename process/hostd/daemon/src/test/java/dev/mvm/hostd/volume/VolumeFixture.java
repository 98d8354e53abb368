package dev.mvm.hostd.volume;

import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.key.TestKeyService;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.service.ConnectionPool;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.Verified;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A host whose states carry keys, and real volumes in a folder of their own.
@SuppressWarnings("MustBeClosedChecker") // closed by close
public final class VolumeFixture implements AutoCloseable {
    public static final KeyName DISK = new KeyName("disk");
    public static final KeyName WEB = new KeyName("web"); // the pool's name
    public static final KeyName SNAP = new KeyName("snap");
    public static final InstanceId ONE = new InstanceId("i-00000001");
    public static final InstanceId TWO = new InstanceId("i-00000002");

    public final HostFixture host = new HostFixture();
    public final Path folder;
    public Volumes volumes;

    private final VolumeDevices devices;
    private final List<Verified<Grant>> grants;
    private final Set<PoolFlag> duties;
    private Directory directory;

    /// Devices that the process behind `socket` makes, connected to anew for each request.
    public static VolumeDevices devices(UnixAddress socket) throws ErrnoException {
        return new VolumeDevices(new ConnectionPool("mvm-volume", socket, 0, System.err::println));
    }

    /// @param devices where devices of volumes are made
    /// @param duties flags that the grants have as well, and so the states
    public VolumeFixture(Path folder, VolumeDevices devices, PoolFlag... duties) throws Exception {
        this.devices = devices;
        this.duties = Set.of(duties);
        this.folder = folder;
        host.enrol();
        Grant.Key[] keys = {
            new Grant.Key(DISK, KeyPurpose.VOLUME, 1),
            new Grant.Key(WEB, KeyPurpose.VOLUME, 1),
            new Grant.Key(SNAP, KeyPurpose.SNAPSHOT, 1)
        };
        grants = List.of(
                host.ceremony.verified(bound(Ceremony.grant(Ceremony.DEMO, 0, keys))),
                host.ceremony.verified(bound(Ceremony.grant(Ceremony.SECOND, 1, keys))));
        restart();
        grants.forEach(grant -> host.done(new HostOperation.InstallGrant(grant.envelope())));
    }

    private Grant bound(Grant grant) {
        var pools = grant.pools().stream()
                .map(pool -> new Grant.Pool(
                        pool.pool(),
                        pool.revisions(),
                        pool.ceiling(),
                        pool.count(),
                        with(pool.flags()),
                        Rates.UNLIMITED))
                .toList();
        return new Grant(
                grant.tenant(),
                grant.version(),
                grant.network(),
                grant.notBefore(),
                grant.expires(),
                grant.quotas(),
                pools,
                List.of(Ceremony.RUNTIME),
                grant.keys(),
                NodeMode.DEV);
    }

    private NodeState bound(NodeState state) {
        var tenants = state.tenants().stream()
                .map(tenant -> new NodeState.Tenant(
                        tenant.tenant(),
                        tenant.network(),
                        tenant.quotas(),
                        tenant.pools().stream()
                                .map(pool -> new NodeState.Pool(
                                        pool.pool(),
                                        pool.revision(),
                                        pool.resources(),
                                        pool.counts(),
                                        with(pool.flags()),
                                        Rates.UNLIMITED))
                                .toList(),
                        tenant.keys()))
                .toList();
        return new NodeState(
                state.node(),
                state.sequence(),
                state.previous(),
                state.issuedAt(),
                state.expires(),
                state.grants(),
                tenants);
    }

    private Set<PoolFlag> with(Set<PoolFlag> flags) {
        return Stream.concat(flags.stream(), duties.stream()).collect(Collectors.toUnmodifiableSet());
    }

    /// Another hostd over the same files.
    public void restart() throws IOException {
        if (directory != null) {
            directory.close();
        }
        directory = Directory.open(folder);
        host.machines.rekeying = _ -> false;
        host.start();
        volumes = new Volumes(directory, host.keys, host.trust::installed, devices, host.log::add);
        host.machines.rekeying = volumes::rekey;
        if (!host.served.isEmpty()) {
            host.bringKeys();
        }
    }

    /// One key, which the key service has from now on: 32 bytes of `fill`. hostd has it with the next blob.
    public TenantKey key(TenantId tenant, KeyName id, KeyPurpose purpose, int version, int fill) {
        var key = new TestKeyService.Key(tenant, id, purpose, version, fill);
        host.served.remove(key);
        host.served.add(key);
        return key.named();
    }

    public TenantKey disk(int version, int fill) {
        return key(Ceremony.DEMO, DISK, KeyPurpose.VOLUME, version, fill);
    }

    /// A state in which both tenants are there and the first has these keys.
    public HostOperation state(TenantKey... keys) {
        var floor = host.trust.floor();
        NodeState state = bound(Ceremony.withKeys(
                Ceremony.state(grants, new Counts(1, 0, 0)), floor.sequence() + 1, floor.digest(), keys));
        return host.install(host.ceremony.signed(state));
    }

    public HostReply install(TenantKey... keys) {
        host.bringKeys();
        return host.perform(state(keys));
    }

    public void taken(TenantKey... keys) {
        host.bringKeys();
        host.done(state(keys));
    }

    /// An instance of the first tenant that wants `gib` GiB.
    public static InstanceRecord instance(InstanceId id, int gib) {
        return instance(Ceremony.DEMO, id, gib);
    }

    public static InstanceRecord instance(TenantId tenant, InstanceId id, int gib) {
        int offset = Integer.parseInt(id.value().substring(2), 16) + 2;
        return InstanceRecord.created(
                        new InstanceAddress(tenant, Ceremony.WEB, id),
                        new Slot(new NetId(0), offset),
                        Ceremony.REVISION,
                        new Resources(1, 128, gib))
                .reached(InstanceState.READY, Optional.empty());
    }

    @Override
    public void close() {
        directory.close();
    }
}
