package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.MASTER_UNREACHABLE;
import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.crypto.tenantkeys.TransitKeyAuthority;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/// A master key in Vault's or OpenBao's Transit: epochs are its versions. Operators rotate it, and destroy old
/// versions by raising its `min_decryption_version` and trimming it; this service needs no right to do either.
///
/// Its answers are text of an HTTP client, so each key that is opened has been on the heap for a moment.
final class TransitMasterKey implements MasterKey {
    private final TransitKeyAuthority transit;

    TransitMasterKey(TransitKeyAuthority transit) {
        this.transit = transit;
    }

    private static StoreException failure(KeyException e) {
        var reason = e.reason() == KeyException.Reason.KEY_SERVICE ? MASTER_UNREACHABLE : NO_MASTER_KEY;
        return new StoreException(reason, String.valueOf(e.getMessage()), e);
    }

    @Override
    public String kind() {
        return transit.kind();
    }

    @Override
    public boolean makesEpochs() {
        return false;
    }

    @Override
    public List<Integer> epochs() throws StoreException {
        try {
            var versions = transit.versions();
            return IntStream.rangeClosed(versions.oldest(), versions.newest())
                    .boxed()
                    .toList();
        } catch (KeyException e) {
            throw failure(e);
        }
    }

    @Override
    public boolean begin(int epoch) throws StoreException {
        return epochs().contains(epoch);
    }

    @Override
    public boolean end(int epoch) throws StoreException {
        return !epochs().contains(epoch);
    }

    /// Transit wraps under its newest version.
    @Override
    public String make(int epoch, KeyPlace place) throws StoreException {
        try {
            return transit.make(place);
        } catch (KeyException e) {
            throw failure(e);
        }
    }

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end, closed here on the way out of an error
    public SecretMemory open(KeyPlace place, String wrapped) throws StoreException {
        var key = KeyCipher.room();
        boolean good = false;
        try {
            good = transit.lend(place, wrapped, plain -> {
                MemorySegment.copy(MemorySegment.ofArray(plain), 0, key.bytes(), 0, plain.length);
                return true;
            });
            return key;
        } catch (KeyException e) {
            throw failure(e);
        } finally {
            if (!good) {
                key.close();
            }
        }
    }

    @Override
    public String rewrap(int epoch, KeyPlace place, String wrapped) throws StoreException {
        try {
            return transit.rewrap(place, wrapped);
        } catch (KeyException e) {
            throw failure(e);
        }
    }

    @Override
    public int epoch(String wrapped) {
        return EpochName.parse("v", transit.master(wrapped)).orElse(0);
    }

    @Override
    public void close() {}
}
