package dev.mvm.linux.socket;

import dev.mvm.linux.fd.Fd;
import java.util.List;

/// One received packet. Closing it closes the descriptors that came with it, except those that were moved out.
public final class Packet implements AutoCloseable {
    private final byte[] bytes;
    private final List<Fd> descriptors;

    Packet(byte[] bytes, List<Fd> descriptors) {
        this.bytes = bytes;
        this.descriptors = List.copyOf(descriptors);
    }

    /// The bytes sent; at least one.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// The descriptors in the order in which they were sent.
    public List<Fd> descriptors() {
        return descriptors;
    }

    @Override
    public void close() {
        descriptors.forEach(Fd::close);
    }
}
