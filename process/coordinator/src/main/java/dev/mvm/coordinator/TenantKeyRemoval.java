package dev.mvm.coordinator;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.mvm.coordinator.fleet.FormerKeys;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Stores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// Tenants' keys, and the master key above them, that a coordinator of before the key service has left in its state
/// directory.
final class TenantKeyRemoval {
    private static final String STORE = "store.db";
    private static final String MASTER = "master.keys";

    private final Path state;

    /// @param state the state directory of a coordinator that does not run
    TenantKeyRemoval(Path state) {
        this.state = state;
    }

    /// Refuses a store with tenants' keys: only the key service has any.
    ///
    /// @throws IOException `tenant_keys_in_store`
    static void requireNone(Store store) throws StoreException, IOException {
        int keys = FormerKeys.in(store).size();
        if (keys > 0) {
            throw new IOException("the store has " + keys + " keys of tenants, which only the key service is to have;"
                    + " mvm-coordinator forget-tenant-keys says what removing them gives up (tenant_keys_in_store)");
        }
    }

    /// Returns the file of master keys.
    Path master() {
        return state.resolve(MASTER);
    }

    /// Returns the names of the keys in the store, `TENANT/KEY`.
    ///
    /// @throws IOException if there is no store
    List<String> keys() throws StoreException, IOException {
        try (var store = store()) {
            return FormerKeys.in(store);
        }
    }

    /// Removes the keys from the store, writes the store anew, and overwrites and removes the master key: first what
    /// is opened, then what opens it. Repeating it finishes what was cut short.
    ///
    /// @throws IOException if there is no store, or a file cannot be written
    void run() throws StoreException, IOException {
        try (var store = store()) {
            FormerKeys.remove(store);
        }
        Stores.writeAnew(state.resolve(STORE));
        overwrite(master());
    }

    private Store store() throws StoreException, IOException {
        var file = state.resolve(STORE);
        if (!Files.isRegularFile(file)) {
            throw new IOException("there is no store in " + state);
        }
        return Stores.sqlite(file, new SteadyClock());
    }

    private static void overwrite(Path file) throws IOException {
        if (!Files.isRegularFile(file, NOFOLLOW_LINKS)) {
            return;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE, NOFOLLOW_LINKS)) {
            var zeroes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
            while (zeroes.hasRemaining()) {
                channel.write(zeroes);
            }
            channel.force(true);
        }
        Files.delete(file);
    }
}
