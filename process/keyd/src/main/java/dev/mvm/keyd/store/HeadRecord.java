package dev.mvm.keyd.store;

/// The record that a store has once.
///
/// @param serial counts changes, so that of two copies of a store the later one is known
/// @param generation 0, or when the store was restored or resumed, in seconds since 2026
/// @param standby whether it only lends
/// @param held whether it was restored and not resumed
/// @param behind why it was stopped, in words; empty if it was not
/// @param epoch what keys are wrapped under; 0 before the first
/// @param next the epoch that a change in progress leads to; 0 if there is no such change
record HeadRecord(long serial, long generation, boolean standby, boolean held, String behind, int epoch, int next) {
    static final HeadRecord FIRST = new HeadRecord(1, 0, false, false, "", 0, 1);

    boolean serving() {
        return !held && behind.isEmpty();
    }

    HeadRecord counted() {
        return new HeadRecord(serial + 1, generation, standby, held, behind, epoch, next);
    }

    HeadRecord changing(int to) {
        return new HeadRecord(serial, generation, standby, held, behind, epoch, to);
    }

    HeadRecord changed(int to) {
        return new HeadRecord(serial, generation, standby, held, behind, to, 0);
    }

    HeadRecord stopped(String why) {
        return new HeadRecord(serial, generation, standby, held, why, epoch, next);
    }

    HeadRecord resumed(long at) {
        return new HeadRecord(serial, at, standby, false, "", epoch, next);
    }

    HeadRecord restored(long at) {
        return new HeadRecord(serial, at, false, true, "", epoch, 0);
    }

    HeadRecord copied() {
        return new HeadRecord(serial, generation, true, false, "", epoch, 0);
    }
}
