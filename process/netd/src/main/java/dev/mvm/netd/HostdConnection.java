package dev.mvm.netd;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NetdReply;
import dev.mvm.protocol.netd.NetdRequest;
import dev.mvm.protocol.netd.Parts;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Answers hostd's requests one after the other, but for verifications: these wait for frames, and others go on.
final class HostdConnection {
    private final PacketSocket hostd;
    private final LinuxNetworks networks;
    private final Consumer<String> log;
    private final Parts parts = new Parts();
    private final Object sending = new Object();

    /// @param log takes a line for each request that fails
    HostdConnection(PacketSocket hostd, LinuxNetworks networks, Consumer<String> log) {
        this.hostd = hostd;
        this.networks = networks;
        this.log = log;
    }

    /// Serves until hostd hangs up.
    ///
    /// @throws IllegalArgumentException for a packet that is no part of a request; hostd has none
    void serve() throws IOException {
        for (var next = receive(); next.isPresent(); next = receive()) {
            try (var packet = next.get()) {
                var whole = parts.add(packet.bytes());
                if (whole.isPresent()) {
                    take(whole.get(), packet);
                }
            }
        }
    }

    private Optional<Packet> receive() throws ErrnoException {
        return hostd.receive(Parts.PACKET_BYTES, 1, Deadline.never());
    }

    private void take(Parts.Numbered text, Packet packet) throws ErrnoException {
        var request = RequestReader.read(text.text());
        if (request instanceof NetdRequest.Verify && packet.descriptors().isEmpty()) {
            Thread.ofPlatform().name("verify").daemon().start(() -> verify(text.number(), request));
        } else {
            var reply = answer(request, packet.descriptors());
            packet.close(); // no VMM can attach to a tap as long as this process has its device
            send(text.number(), reply);
        }
    }

    private void verify(long number, NetdRequest request) {
        try {
            send(number, answer(request, List.of()));
        } catch (ErrnoException e) {
            log.accept("the reply of a verification was not sent: " + e.getMessage());
        }
    }

    private void send(long number, NetdReply reply) throws ErrnoException {
        synchronized (sending) {
            for (var part : Parts.of(number, ReplyWriter.text(reply))) {
                hostd.send(part, List.of(), Deadline.never());
            }
        }
    }

    private NetdReply answer(NetdRequest request, List<Fd> handed) {
        try {
            return perform(request, handed);
        } catch (IOException | RuntimeException e) { // a bug costs the operation, and not all networks
            var detail = String.valueOf(e.getMessage());
            log.accept(request.text().lines().findFirst().orElseThrow() + ": " + detail);
            return new NetdReply.Failed(e instanceof ErrnoException errno ? errno.errno() : 0, detail);
        }
    }

    private NetdReply perform(NetdRequest request, List<Fd> handed) throws IOException {
        boolean wants = request instanceof NetdRequest.Prepare || request instanceof NetdRequest.Fetch;
        if (handed.size() != (wants ? 1 : 0)) {
            throw new ErrnoException("netd", Errno.EINVAL, "a descriptor is missing, or one too many");
        }
        switch (request) {
            case NetdRequest.Up(var net, var all) -> networks.setUp(all, net);
            case NetdRequest.State(var all) -> networks.stateChanged(all);
            case NetdRequest.Prepare(var slot, int uid) -> networks.prepare(slot, uid, handed.getFirst());
            case NetdRequest.Fetch(var slot, int uid, var subnet, var all) ->
                networks.fetch(all, network(slot, subnet), slot, uid, handed.getFirst());
            case NetdRequest.Adopt(var slot, int uid, var subnet, var all) -> {
                if (!networks.adopt(all, network(slot, subnet), slot, uid)) {
                    return new NetdReply.Absent();
                }
            }
            case NetdRequest.Disconnect(var slot, var all) -> networks.disconnect(all, slot);
            case NetdRequest.Verify(boolean deep) -> {
                var findings = networks.verify(deep).stream().map(Finding::line);
                return new NetdReply.Found(findings.collect(Collectors.joining()));
            }
            case NetdRequest.Count(boolean asked) -> {
                return new NetdReply.Counted(networks.up(), networks.traffic(), asked ? networks.asked() : Map.of());
            }
        }
        return new NetdReply.Done();
    }

    private static TenantNet network(Slot slot, Subnet subnet) {
        return new TenantNet(slot.net(), subnet);
    }
}
