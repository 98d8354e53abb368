package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.linux.secret.SecretMemory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A master key that is in this process: its epochs' keys are held in secret memory from their first use on.
final class HeldMasterKey implements MasterKey {
    private final EpochSource source;
    private final KeyCipher cipher;
    private final Map<Integer, SecretMemory> held = new HashMap<>();

    HeldMasterKey(EpochSource source, KeyCipher cipher) {
        this.source = source;
        this.cipher = cipher;
    }

    @Override
    public String kind() {
        return source.kind();
    }

    @Override
    public boolean makesEpochs() {
        return source.makesEpochs();
    }

    @Override
    public List<Integer> epochs() throws StoreException {
        return source.epochs();
    }

    @Override
    public boolean begin(int epoch) throws StoreException {
        try (var key = cipher.random()) {
            return source.begin(epoch, key);
        }
    }

    @Override
    public boolean end(int epoch) throws StoreException {
        var key = held.remove(epoch);
        if (key != null) {
            key.close();
        }
        return source.end(epoch);
    }

    /// The epoch's key, which stays this object's.
    @SuppressWarnings("MustBeClosedChecker") // closed with this object, or here on the way out of an error
    private SecretMemory key(int epoch) throws StoreException {
        var known = held.get(epoch);
        if (known != null) {
            return known;
        }
        var key = KeyCipher.room();
        boolean good = false;
        try {
            source.read(epoch, key);
            good = true;
        } finally {
            if (!good) {
                key.close();
            }
        }
        held.put(epoch, key);
        return key;
    }

    @Override
    public String make(int epoch, KeyPlace place) throws StoreException {
        try (var key = cipher.random()) {
            return wrap(epoch, place, key);
        }
    }

    private String wrap(int epoch, KeyPlace place, SecretMemory key) throws StoreException {
        return new WrappedKey(epoch, cipher.wrap(key(epoch), place, key)).text();
    }

    @Override
    @MustBeClosed
    public SecretMemory open(KeyPlace place, String wrapped) throws StoreException {
        var parsed = WrappedKey.of(wrapped)
                .orElseThrow(() -> new StoreException(NO_MASTER_KEY, place + " is not wrapped by such a master key"));
        return cipher.open(key(parsed.epoch()), place, parsed.box());
    }

    @Override
    public String rewrap(int epoch, KeyPlace place, String wrapped) throws StoreException {
        try (var key = open(place, wrapped)) {
            return wrap(epoch, place, key);
        }
    }

    @Override
    public int epoch(String wrapped) {
        return WrappedKey.of(wrapped).map(WrappedKey::epoch).orElse(0);
    }

    @Override
    public void close() {
        held.values().forEach(SecretMemory::close);
        held.clear();
    }
}
