package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.MASTER_UNREACHABLE;
import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_DAMAGED;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Tenants' keys, wrapped, in a directory of their own; docs/protocol/keyd-store.md.
///
/// Guarantees: what operators ended is not lent from then on, and once the call that ended it has returned and
/// [StoreStatus#pending] is empty, no copy of the store opens it. A key that lives survives a crash at any
/// point. A number of a version is never used twice. No key is on the Java heap, but for the answers of a
/// Transit server.
///
/// Does not guarantee: that a store which was put back by copying its files knows it; [#observe] finds out.
///
/// For several threads; they take turns.
public final class KeyStore implements AutoCloseable {
    /// Seconds after a rotation until a key may be rotated again.
    public static final int ROTATION_PAUSE = 3600;

    private final ReentrantLock lock = new ReentrantLock();
    private final AutoCloseable files;
    private final StoreRecords records;
    private final StoreDemands demands;
    private final MasterKey master;
    private final KeyCipher cipher;
    private final StoreClock clock;
    private final KeyMaking making;
    private final EpochChange change;
    private String pending = "";
    private volatile Listing listing = Listing.EMPTY;

    /// @param files closed with this store
    /// @param records of a store that is there
    /// @param master as `files`
    KeyStore(AutoCloseable files, StoreRecords records, MasterKey master, StoreClock clock) throws StoreException {
        this.files = files;
        this.records = records;
        this.demands = new StoreDemands(records);
        this.master = master;
        this.clock = clock;
        this.cipher = new KeyCipher();
        this.making = new KeyMaking(records, master, cipher, clock);
        this.change = new EpochChange(records, master);
        var _ = records.head();
        settleIfPossible();
    }

    /// An unreachable master key delays what was to be done, and does not prevent the start.
    private void settleIfPossible() throws StoreException {
        try {
            settle();
        } catch (StoreException e) {
            if (e.reason() != MASTER_UNREACHABLE && e.reason() != NO_MASTER_KEY) {
                throw e;
            }
            pending = String.valueOf(e.getMessage());
            listing = Listing.of(records, master, pending);
        }
    }

    /// Makes and destroys what operators decided and is not done yet.
    private void settle() throws StoreException {
        try {
            if (records.head().serving() && !records.head().standby()) {
                pending = "not done yet";
                var waiting = change.run();
                making.missing();
                pending = waiting;
            }
        } finally {
            listing = Listing.of(records, master, pending);
        }
    }

    /// Applies a grant: makes granted keys that are missing, and destroys what it ends. The grant that was
    /// applied last may come again, which does what is left to do. A store that is held or stopped, and a
    /// standby, only keep what it says.
    ///
    /// @throws StoreException `TENANT_DESTROYED`, `GRANT_SUPERSEDED`, `PURPOSE_DIFFERS` without effect; with
    ///     another reason the grant holds, and what is left to do is done later
    public void apply(GrantKeys grant) throws StoreException {
        lock.lock();
        try {
            var before =
                    records.tenant(grant.tenant()).orElse(new TenantRecord(grant.tenant(), 0, false, false, List.of()));
            var after = before.granted(grant);
            if (!after.equals(before)) {
                records.put(after);
            }
            settle();
        } finally {
            lock.unlock();
        }
    }

    /// Destroys a tenant's keys; its name is never used again. Repeated, it does what is left to do.
    public void tombstone(TenantId tenant) throws StoreException {
        lock.lock();
        try {
            var before = records.tenant(tenant).orElse(new TenantRecord(tenant, 0, false, false, List.of()));
            if (!before.gone()) {
                records.put(before.destroyed());
            }
            settle();
        } finally {
            lock.unlock();
        }
    }

    /// Makes a new version of a key, which new things are put under from then on. Destroys nothing.
    ///
    /// @return the version
    /// @throws StoreException `TOO_SOON` within an hour of the last rotation, `TOO_MANY_VERSIONS` for a key
    ///     that has 64, `KEY_UNKNOWN`
    public int rotate(TenantId tenant, KeyName id) throws StoreException {
        lock.lock();
        try {
            demands.writing();
            var key = records.key(new KeyRecord.Name(tenant, id))
                    .map(records::living)
                    .filter(each -> !each.versions().isEmpty())
                    .orElseThrow(() -> StoreDemands.unknown("key " + tenant + "/" + id));
            demands.pause(key, clock.now());
            var owner = records.tenant(tenant).orElseThrow();
            int made = making.version(owner, owner.bounds(id).orElseThrow(), Optional.of(clock.now()));
            listing = Listing.of(records, master, pending);
            return made;
        } finally {
            lock.unlock();
        }
    }

    /// Lends what a node has of a tenant's key: 32 bytes derived of the key for what was sealed on `home`.
    ///
    /// @throws StoreException `HELD`, `STORE_BEHIND`, `KEY_UNKNOWN`, `STORE_DAMAGED` if the key is not the one
    ///     that was made, or why the master key does not open it
    @MustBeClosed
    public SecretMemory lend(KeyPlace place, NodeId home) throws StoreException {
        lock.lock();
        try {
            demands.serving();
            var name = new KeyRecord.Name(place.tenant(), place.id());
            var version = records.key(name)
                    .filter(key -> key.purpose() == place.purpose() && records.allows(name, place.version()))
                    .flatMap(key -> key.version(place.version()))
                    .orElseThrow(() -> StoreDemands.unknown(place.toString()));
            try (var key = master.open(place, version.wrapped())) {
                if (!cipher.check(key).equals(version.check())) {
                    throw new StoreException(STORE_DAMAGED, place + " has another check value than when it was made");
                }
                return cipher.atHome(key, home);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Compares with what a node has.
    ///
    /// @throws StoreException `STORE_BEHIND` if the node has a version that this store has not made yet, or
    ///     another key under one that it has: nothing is served from then on. `HELD`
    public void observe(List<TenantKeyVersion> seen) throws StoreException {
        lock.lock();
        try {
            demands.serving();
            for (var each : seen) {
                var why = Observation.behind(records, each);
                if (why.isPresent()) {
                    stop(why.get());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void stop(String why) throws StoreException {
        for (var tenant : records.tenants()) {
            records.put(tenant.restored());
        }
        records.put(records.head().stopped(why + ": this store is an old copy"));
        listing = Listing.of(records, master, pending);
        demands.serving();
    }

    /// Serves again, by the word of operators, after a restore or `STORE_BEHIND`. Versions that are made from
    /// now on are larger than every one that the store may have made before.
    ///
    /// @throws StoreException `GRANT_AWAITED` if the grant of a tenant has not been applied since
    public void resume() throws StoreException {
        lock.lock();
        try {
            if (records.head().serving()) {
                return;
            }
            demands.noGrantAwaited();
            records.put(records.head().resumed(Generations.next(records, clock)));
            settle();
        } finally {
            lock.unlock();
        }
    }

    /// Wraps every key under a new epoch of the master key, and destroys the old one.
    ///
    /// @throws StoreException `NO_MASTER_KEY` if operators have to make the epoch first
    public void rewrap() throws StoreException {
        lock.lock();
        try {
            demands.writing();
            if (records.head().next() == 0) {
                change.begin();
            }
            settle();
            if (records.head().next() != 0) {
                throw new StoreException(NO_MASTER_KEY, pending);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Everything in the store, for a restore or a standby: ciphertext under the epoch, without the master key.
    public byte[] copy() throws StoreException {
        lock.lock();
        try {
            records.put(records.head().counted());
            return StoreCopy.of(records).bytes();
        } finally {
            lock.unlock();
        }
    }

    /// Replaces what a standby has by a later copy of its store.
    ///
    /// @throws StoreException `STORE_PLACE` if this is no standby, `STORE_BEHIND` for an older copy,
    ///     `STORE_DAMAGED`
    public void take(byte[] copy) throws StoreException {
        lock.lock();
        try {
            StoreCopy.read(copy).refresh(records, master);
            settle();
        } finally {
            lock.unlock();
        }
    }

    /// Keys that can be lent, by tenant and id.
    public List<ListedKey> list() {
        return listing.keys();
    }

    public StoreStatus status() {
        return listing.status();
    }

    @Override
    public void close() throws StoreException {
        lock.lock();
        try (files) {
            master.close();
        } catch (Exception e) {
            throw new StoreException(StoreException.Reason.FAILED, "the store cannot be closed: " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }
}
