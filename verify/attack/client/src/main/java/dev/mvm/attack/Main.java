package dev.mvm.attack;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.hostd.HostdSocket;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.ListPoolsRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;

/// Status 0 if hostd, or the coordinator, has held.
///
///     Main documents SOCKET TRUST-DIRECTORY ROOT STATE-KEY    all that a stolen key can sign
///     Main state SOCKET TRUST-DIRECTORY ROOT KEY              the next state, signed by a key without the role
///     Main document SOCKET root|grant FILE REASON             one document from elsewhere
///     Main keys SOCKET TRUST-DIRECTORY ROOT STATE-KEY [KEY...]
///                                                             challenges and blobs that the key service has not signed
///     Main start SOCKET REASON                                one start that no state allows: refused for this reason
///     Main operations|frames|denied SOCKET
///     Main operator ADDRESS CREDENTIAL INSTANCE NODE KEY GRANT-DIGEST FORGED-GRANT FOLDER
///                                                             every method, by a thief of a certificate; the folder
///                                                             has what it gets
///     Main admin ADDRESS CREDENTIAL FORGED FOLDER             what an admin may besides, with a folder of forged
///                                                             documents
///     Main renew ADDRESS CREDENTIAL FOLDER                    renews until refused, and prints the reason
///     Main listed ADDRESS CREDENTIAL                          one call; prints `answered` or the reason of the refusal
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException, RefusedException, GeneralSecurityException {
        System.exit(
                switch (args[0]) {
                    case "operator" -> operator(args);
                    case "admin" -> admin(args);
                    case "renew" -> renew(args);
                    case "listed" -> listed(args);
                    default -> onHostd(args);
                });
    }

    private static int operator(String[] args) throws IOException {
        var address = InstanceAddress.parse(args[3]);
        var fleet = new Attempt.Fleet(
                address.tenant().value(),
                address.pool().value(),
                address.instance().value(),
                args[4],
                args[5],
                args[6],
                ByteString.copyFrom(Files.readAllBytes(Path.of(args[7]))));
        var tally = new Tally();
        var channel = new StolenCredential(Path.of(args[2])).open(args[1]);
        new OperatorThief(channel, new Theft(Path.of(args[8])), tally).run(fleet);
        channel.shutdownNow();
        return tally.report();
    }

    private static int admin(String[] args) throws IOException {
        var tally = new Tally();
        var channel = new StolenCredential(Path.of(args[2])).open(args[1]);
        new OperatorThief(channel, new Theft(Path.of(args[4])), tally).runAsAdmin(AdminAttempt.all(Path.of(args[3])));
        channel.shutdownNow();
        return tally.report();
    }

    private static int renew(String[] args) throws IOException {
        System.out.println(new RenewingThief(args[1], Path.of(args[3])).run(new StolenCredential(Path.of(args[2]))));
        return 0;
    }

    private static int listed(String[] args) throws IOException {
        var channel = new StolenCredential(Path.of(args[2])).open(args[1]);
        try {
            var answer = FleetGrpc.newBlockingStub(channel).listPools(ListPoolsRequest.getDefaultInstance());
            System.out.println(answer.getPoolsCount() > 0 ? "answered" : "answered with nothing");
        } catch (StatusRuntimeException e) {
            System.out.println(StolenCredential.reason(e));
        } finally {
            channel.shutdownNow();
        }
        return 0;
    }

    private static int onHostd(String[] args) throws IOException, RefusedException, GeneralSecurityException {
        var socket = Path.of(args[1]);
        try (var hostd = new HostdSocket(socket)) {
            var target = new Target(hostd);
            switch (args[0]) {
                case "documents" -> new DocumentAttack(target, AgentFiles.read(args[2], args[3], args[4])).run();
                case "state" -> new DocumentAttack(target, AgentFiles.read(args[2], args[3], args[4])).withoutRole();
                case "document" -> DocumentAttack.one(target, args[2], Path.of(args[3]), args[4]);
                case "keys" -> keys(target, args);
                case "start" -> new OperationAttack(target).start(args[2]);
                case "operations" -> new OperationAttack(target).run();
                case "frames" -> new FrameAttack(socket, target).run();
                case "denied" -> FrameAttack.denied(socket, target);
                default -> throw new IllegalArgumentException(args[0]);
            }
            return target.report();
        }
    }

    private static void keys(Target target, String[] args)
            throws IOException, RefusedException, GeneralSecurityException {
        var stolen = AgentFiles.read(args[2], args[3], args[4]);
        var fleet = Envelope.parse(Files.readAllBytes(Path.of(args[3])), DocumentType.ROOT)
                .payload()
                .digest();
        var keys = new LinkedHashMap<String, Ceremony.Key>();
        for (var file : List.of(args).subList(4, args.length)) {
            keys.put(String.valueOf(Path.of(file).getFileName()), StolenKey.read(Path.of(file)));
        }
        new KeyAttack(target, fleet, stolen.position().state().value().node()).run(keys);
    }
}
