package dev.mvm.coordinator;

import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.keys.Keyring;
import dev.mvm.coordinator.keys.TakenVersions;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.NodeReader;
import dev.mvm.crypto.sign.ServiceCredentials;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.TransitServer;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyAuthority;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.LocalKeyAuthority;
import dev.mvm.crypto.tenantkeys.TransitKeyAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens the key ring with the authority that the configuration names.
final class TenantKeyring {
    private static final Logger LOG = LoggerFactory.getLogger(TenantKeyring.class);

    private TenantKeyring() {}

    /// @param taken which versions of keys nodes have
    /// @throws IOException if the authority cannot be used; the message begins with the reason code
    static Keyring open(CoordinatorConfig config, FleetStore records, NodeReader nodes, TakenVersions taken)
            throws IOException, StoreException {
        try {
            var transit = config.keys().transit();
            var authority = transit.isPresent()
                    ? TransitKeyAuthority.open(transit.get(), TransitServer.of(System.getenv()))
                    : local(config, records);
            return new Keyring(records, nodes, authority, HpkeSealer.find(), taken, InstantSource.system());
        } catch (KeyException e) {
            throw new IOException(e.reason().code() + ": " + e.getMessage(), e);
        } catch (SigningException e) {
            throw new IOException(e.reason().code() + ": " + e.getMessage(), e);
        }
    }

    /// The coordinator makes the first master key itself; operators add later ones.
    private static KeyAuthority local(CoordinatorConfig config, FleetStore records)
            throws KeyException, StoreException {
        var file = config.masterFile();
        if (!Files.exists(ServiceCredentials.here().place(file)) && !records.hasKeys()) {
            LOG.info("made master key {} in {}", LocalKeyAuthority.addMaster(file), file);
        }
        return new LocalKeyAuthority(file);
    }
}
