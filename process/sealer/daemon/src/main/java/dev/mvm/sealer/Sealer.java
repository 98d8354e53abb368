package dev.mvm.sealer;

import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import java.io.IOException;
import java.util.function.Consumer;

/// Does one job for hostd.
final class Sealer {
    private final Cobblestone cobblestone;
    private final Consumer<String> log;

    /// @param log takes a line for each refusal, and for each optional part that is left out
    Sealer(Libcrypto libcrypto, Consumer<String> log) throws IOException {
        this.cobblestone = new Cobblestone(libcrypto);
        this.log = log;
    }

    /// Rehearses every job, before privileges are given up.
    ///
    /// @param asked ends the rehearsal early
    void rehearse(SealerRehearsal.Asked asked) throws IOException {
        new SealerRehearsal(cobblestone).run(asked);
    }

    /// Serves a connection to its end.
    ///
    /// @param gone ends the process
    /// @throws IOException if hostd could not be answered
    void serve(PacketSocket connection, Runnable gone) throws IOException {
        try (var hostd = new HostdChannel(connection, gone)) {
            serve(hostd);
        }
    }

    private void serve(HostdChannel hostd) throws IOException {
        String answer;
        try (var packet = hostd.request().orElse(null)) {
            if (packet == null) {
                return; // the connection ended without a request
            }
            answer = perform(packet, hostd);
        } catch (IOException e) {
            log.accept("refused: " + e.getMessage());
            answer = SealerRefusal.of(e);
        }
        hostd.conclude(answer);
    }

    private String perform(Packet packet, HostdChannel hostd) throws IOException {
        var request = SealerRequest.parse(packet.bytes());
        if (request.job() == Job.REWRAP) {
            var given = RequestDescriptors.Manifests.check(packet.descriptors());
            hostd.listen();
            return new RewrapJob(cobblestone, request, given).run();
        }
        var given = RequestDescriptors.check(packet.descriptors(), request.job(), request.way());
        if (request.way() == TransferMode.STREAM) {
            hostd.listen();
        } else {
            hostd.listen(given.vmm().move());
        }
        try (var secret = SecretMemory.allocate(InstanceKeys.SIZE)) {
            HandedKeys.read(given.key(), secret.bytes());
            var keys = new InstanceKeys(request.key(), request.keyVersion(), secret);
            return switch (request.job()) {
                case SEAL -> new SealJob(cobblestone, request, given, keys, log).run(hostd);
                case OPEN -> new OpenJob(cobblestone, request, given, keys, log).run(hostd);
                case REWRAP -> throw new IllegalStateException("done above");
            };
        }
    }
}
