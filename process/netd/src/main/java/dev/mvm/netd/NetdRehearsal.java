package dev.mvm.netd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NetdReply;
import dev.mvm.protocol.netd.NetdRequest;
import dev.mvm.protocol.netd.NodeNetworks;
import dev.mvm.protocol.netd.Parts;
import dev.mvm.protocol.netd.Place;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads each request and writes each reply once, and the rules of a network, without asking the kernel: for a class
/// cache.
final class NetdRehearsal {
    private static final Slot SLOT = new Slot(new NetId(0), 3);
    private static final TenantNet NETWORK = new TenantNet(SLOT.net(), Subnet.parse("10.240.0.0/24"));

    private NetdRehearsal() {}

    static void perform() throws IOException {
        var uplink = Optional.of(new InterfaceName("eth0"));
        var all = new NodeNetworks(uplink, List.of(NETWORK), List.of(new Place(SLOT, true, true, 1, 1)));
        read(new NetdRequest.Up(SLOT.net(), all));
        read(new NetdRequest.Prepare(SLOT, 1));
        read(new NetdRequest.Fetch(SLOT, 1, NETWORK.subnet(), all));
        read(new NetdRequest.Disconnect(SLOT, all));
        read(new NetdRequest.Count(true));
        write(new NetdReply.Done());
        write(new NetdReply.Counted(Set.of(SLOT.net()), Map.of(SLOT, 1L), Map.of()));
        var port = new Port(false, NETWORK, 1, all.places().getFirst());
        var asked = List.of(new BridgeAddress(NETWORK.bridge(), port.address()));
        var _ = Ruleset.of(List.of(NETWORK), List.of(port), asked, uplink);
    }

    private static void read(NetdRequest request) throws IOException {
        var parts = new Parts();
        for (var part : Parts.of(1, request.text())) {
            var whole = parts.add(part);
            if (whole.isPresent() && !RequestReader.read(whole.get().text()).equals(request)) {
                throw new IOException("was read as something else: " + new String(part, US_ASCII));
            }
        }
    }

    private static void write(NetdReply reply) throws IOException {
        if (!NetdReply.parse(ReplyWriter.text(reply)).equals(reply)) {
            throw new IOException("was written as something else: " + reply);
        }
    }
}
