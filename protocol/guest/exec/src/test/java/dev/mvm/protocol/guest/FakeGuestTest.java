package dev.mvm.protocol.guest;

final class FakeGuestTest extends GuestContract {
    private final MemoryTransport.Pair ends = MemoryTransport.pair();
    private Thread serving;

    @Override
    GuestTransport dial() {
        serving = new FakeGuest().connect(ends.guest());
        return ends.host();
    }

    @Override
    void hangUp() throws InterruptedException {
        ends.host().close();
        serving.join();
    }
}
