package dev.mvm.protocol.snapshot;

import java.util.Locale;

/// Why a snapshot was not opened, or not made. The codes are stable.
public enum Reason {
    /// More than a manifest, a stream or a page map may be.
    TOO_LARGE,
    /// Not a manifest.
    MALFORMED,
    /// A snapshot of another tenant.
    WRONG_TENANT,
    /// A snapshot of another pool.
    WRONG_POOL,
    /// A snapshot of another instance.
    WRONG_INSTANCE,
    /// A snapshot of another epoch than the one that may be woken.
    WRONG_EPOCH,
    /// Wrapped under another key, or another version of it, than the one at hand.
    WRONG_KEY,
    /// The data key does not open: not this tenant's key, or not the manifest that was sealed.
    NOT_OPENED,
    /// A stream that opens, and is not the one that the manifest names.
    WRONG_STREAM,
    /// A stream that was not sealed with this key, for this place in this snapshot.
    COMMITMENT,
    /// A stream of a length that it was not sealed with.
    TRUNCATED,
    /// A chunk that is not the one that was sealed there.
    ALTERED,
    /// A page map that contradicts itself or its guest.
    PAGE_MAP,
    /// A difference without its base, or with another.
    WRONG_BASE,
    /// A piece of memory outside of the guest, with part of a page, or with a page that came before.
    BAD_PIECE;

    /// The stable code, such as `wrong_epoch`.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
