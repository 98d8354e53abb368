package dev.mvm.keyd.store;

import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A tenant's key as it is kept, one file.
///
/// @param rotated when it was last rotated
/// @param versions ascending by number
record KeyRecord(
        TenantId tenant, KeyName id, KeyPurpose purpose, Optional<StoreClock.Moment> rotated, List<Version> versions) {
    /// The most versions of a key.
    static final int MOST_VERSIONS = 64;

    /// One version.
    ///
    /// @param check its check value, which tells whether the right key was opened
    /// @param made in seconds since 1970
    /// @param generation of the store that made it
    /// @param wrapped as the master key gave it
    record Version(int number, Bytes check, long made, long generation, String wrapped) {
        Version wrapped(String again) {
            return new Version(number, check, made, generation, again);
        }
    }

    /// Names a key.
    record Name(TenantId tenant, KeyName id) implements Comparable<Name> {
        private static final Comparator<Name> ORDER = Comparator.comparing(Name::tenant)
                .thenComparing(name -> name.id().value());

        @Override
        public int compareTo(Name other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return tenant + "/" + id;
        }
    }

    KeyRecord {
        versions = List.copyOf(versions);
        for (int i = 1; i < versions.size(); i++) {
            if (versions.get(i - 1).number() >= versions.get(i).number()) {
                throw new IllegalArgumentException("versions are not in order");
            }
        }
    }

    KeyPlace place(int version) {
        return new KeyPlace(tenant, id, purpose, version);
    }

    Name name() {
        return new Name(tenant, id);
    }

    KeyRecord with(Version version) {
        var all = new ArrayList<>(versions);
        all.add(version);
        return new KeyRecord(tenant, id, purpose, rotated, all);
    }

    KeyRecord with(List<Version> others) {
        return new KeyRecord(tenant, id, purpose, rotated, others);
    }

    KeyRecord rotated(StoreClock.Moment moment) {
        return new KeyRecord(tenant, id, purpose, Optional.of(moment), versions);
    }

    /// The same key with the versions that are `wanted`.
    KeyRecord only(Predicate<Version> wanted) {
        return with(versions.stream().filter(wanted).toList());
    }

    Optional<Version> version(int number) {
        return versions.stream().filter(each -> each.number() == number).findFirst();
    }

    /// The number of the newest version; 0 if there are no versions.
    int newest() {
        return versions.isEmpty() ? 0 : versions.getLast().number();
    }
}
