package dev.mvm.agentd.keys;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.attest.AttestSocket;
import dev.mvm.protocol.attest.Evidence;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Evidence by the TPM through mvm-attest, where there is one, and otherwise a statement about the software, which
/// proves nothing. Nothing that it reads is verified: hostd and the key service do that.
public final class BootAttestor implements Attestor {
    /// A TPM that has failed is left alone for this long.
    private static final Duration PAUSE = Duration.ofMinutes(5);

    private final Path socket;
    private final InstantSource clock;
    private final Consumer<String> log;
    private Optional<Bytes> identity = Optional.empty();
    private Instant next = Instant.MIN;

    /// Asks nothing yet.
    ///
    /// @param socket of mvm-attest, which does not exist on a machine without a TPM
    public BootAttestor(Path socket, InstantSource clock, Consumer<String> log) {
        this.socket = socket;
        this.clock = clock;
        this.log = log;
    }

    /// The same during one boot, so the TPM is asked once.
    @Override
    public synchronized Bytes identity() {
        if (identity.isEmpty() && Files.exists(socket) && !clock.instant().isBefore(next)) {
            try {
                identity = Optional.of(Bytes.of(new AttestSocket(socket).identity()));
            } catch (IOException e) {
                next = clock.instant().plus(PAUSE);
                log.accept("the TPM cannot be asked: " + e.getMessage());
            }
        }
        return identity.orElse(Bytes.EMPTY);
    }

    @Override
    public Bytes evidence(Bytes challenge, Bytes statement) throws IOException {
        try {
            var stated = Envelope.parse(statement.array(), KeyStatement.TYPE).payload();
            var asked = Envelope.parse(challenge.array(), KeyChallenge.TYPE).payload();
            var credential = KeyChallenge.parse(asked.array()).credential();
            return credential.length() == 0
                    ? software(stated)
                    : Bytes.of(new AttestSocket(socket).evidence(credential.array(), stated.digest()));
        } catch (RefusedException | JsonException e) {
            throw new IOException("challenge or statement cannot be read: " + e.getMessage(), e);
        }
    }

    /// Evidence that repeats the statement: this agent knows no more of the boot. The list of packages is empty, for
    /// the
    /// agent may not read them.
    private static Bytes software(Bytes stated) throws JsonException {
        var fields = Json.parseObject(stated.array(), JsonLimits.signed(KeyStatement.TYPE.maxBytes()))
                .fields();
        var mode = NodeMode.of(fields.string("mode")).orElseThrow(() -> new JsonException("no such mode"));
        return Bytes.of(new Evidence.Software(stated.digest(), fields.string("boot"), mode, List.of()).bytes());
    }
}
