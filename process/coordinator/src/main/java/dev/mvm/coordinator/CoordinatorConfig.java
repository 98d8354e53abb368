package dev.mvm.coordinator;

import dev.mvm.model.Digest;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The configuration of a coordinator.
///
/// @param mode of the fleet
/// @param state directory made by `init`; store, keys and lists are in it
/// @param readyFile exists while both ports are open
/// @param agent the gRPC port
/// @param operator the REST port
/// @param metrics loopback address on which metrics are served; empty for no metrics
/// @param stateLife from issue to expiry of a node state
/// @param trust keys to verify and sign documents
/// @param keyd the key service
record CoordinatorConfig(
        Mode mode,
        Path state,
        Optional<Path> readyFile,
        Agent agent,
        Optional<Operator> operator,
        Optional<InetSocketAddress> metrics,
        Duration stateLife,
        Trust trust,
        KeyService keyd) {
    /// The security level of the fleet.
    enum Mode {
        DEV,
        HARDENED
    }

    /// The gRPC port.
    ///
    /// @param connections most that may be open
    /// @param credentialLife of certificates that nodes renew
    /// @param enrolment the port at which nodes get their first certificate by a token; empty for none
    record Agent(
            InetSocketAddress listen,
            int connections,
            Duration credentialLife,
            Optional<InetSocketAddress> enrolment) {}

    /// The REST port: in hardened mode for operators with certificates, in dev mode for holders of the token.
    ///
    /// @param listen in dev mode a loopback address
    /// @param tokenFile mode 0600; by default the one that `init` made; only in dev mode
    record Operator(InetSocketAddress listen, Optional<Path> tokenFile) {}

    /// Keys for documents.
    ///
    /// @param root the trust root, a signed document
    /// @param pin the digest it must have
    /// @param stateKey the key that signs node states: a file of mode 0600, or another reference of `SigningKeys`
    /// @param passphraseFile file with the passphrase of an encrypted key file, or with the PIN of a token;
    ///     mode 0600
    record Trust(Path root, Digest pin, String stateKey, Optional<Path> passphraseFile) {}

    /// The key service, which has tenants' keys.
    ///
    /// @param socket of mvm-keyd, to which the coordinator's user may write
    /// @param period longest time for which a node uses one sealing key; it gets a new one at half of it
    record KeyService(Path socket, Duration period) {}

    /// @throws SettingsException for combinations that are not allowed
    void check() throws SettingsException {
        if (metrics.isPresent() && !metrics.get().getAddress().isLoopbackAddress()) {
            throw new SettingsException("metrics-listen has to be a loopback address: metrics need no password");
        }
        if (operator.isPresent()) {
            var address = operator.get().listen();
            if (mode == Mode.HARDENED && operator.get().tokenFile().isPresent()) {
                throw new SettingsException("operator.token-file is for dev mode; in hardened mode operators have"
                        + " certificates: mvm-coordinator enrol --operator NAME makes one");
            }
            if (mode == Mode.DEV
                    && (address.isUnresolved() || !address.getAddress().isLoopbackAddress())) {
                throw new SettingsException("operator.listen has to be a loopback address in dev mode: an eavesdropper"
                        + " would learn the token");
            }
        }
    }
}
