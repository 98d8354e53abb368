package dev.mvm.image.layer;

/// A time of a file, from 1970 to 9999: others become the nearest.
///
/// @param seconds since 1970
/// @param nanos 0 to 999,999,999
record ImageTime(long seconds, int nanos) {
    static final ImageTime ZERO = new ImageTime(0, 0);
    private static final long LAST = 253_402_300_799L;

    static ImageTime of(long seconds, int nanos) {
        return seconds < 0 ? ZERO : new ImageTime(Math.min(seconds, LAST), nanos);
    }
}
