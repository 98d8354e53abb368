package dev.mvm.attack;

import dev.mvm.agentd.hostd.HostdSocket;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/// Status 0 if hostd has held.
///
///     Main documents SOCKET TRUST-DIRECTORY ROOT STATE-KEY    all that a stolen key can sign
///     Main retired SOCKET TRUST-DIRECTORY ROOT STATE-KEY      the same with a key that has lost its role
///     Main document SOCKET root|grant FILE REASON             one document from elsewhere
///     Main operations|frames|denied SOCKET
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException, RefusedException, GeneralSecurityException {
        var socket = Path.of(args[1]);
        try (var hostd = new HostdSocket(socket)) {
            var target = new Target(hostd);
            switch (args[0]) {
                case "documents" -> new DocumentAttack(target, AgentFiles.read(args[2], args[3], args[4])).run();
                case "retired" -> new DocumentAttack(target, AgentFiles.read(args[2], args[3], args[4])).retired();
                case "document" -> DocumentAttack.one(target, args[2], Path.of(args[3]), args[4]);
                case "operations" -> new OperationAttack(target).run();
                case "frames" -> new FrameAttack(socket, target).run();
                case "denied" -> FrameAttack.denied(socket, target);
                default -> throw new IllegalArgumentException(args[0]);
            }
            System.exit(target.report());
        }
    }
}
