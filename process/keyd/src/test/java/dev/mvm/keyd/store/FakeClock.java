package dev.mvm.keyd.store;

/// A clock that the test sets.
final class FakeClock implements StoreClock {
    long wall = 1_800_000_000;
    String boot = "boot-1";
    long uptime = 10_000;

    @Override
    public Moment now() {
        return new Moment(wall, boot, uptime);
    }

    /// Lets time pass.
    void pass(long seconds) {
        wall += seconds;
        uptime += seconds;
    }
}
