package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.io.ByteArrayOutputStream;

/// One output of a program on its way to the consumer. The guest's credit, what has arrived, what the consumer is
/// being given and what has not been granted again always make up [#CREDIT].
final class Inflow {
    static final int CREDIT = 256 * 1024;

    /// Credit is granted again in portions, for a frame each.
    private static final int PORTION = CREDIT / 4;

    // bytes rather than messages: a guest that sends single bytes makes the host hold no more than others do
    private final ByteArrayOutputStream arrived = new ByteArrayOutputStream(0);
    private int credit = CREDIT;
    private int taken;

    void arrive(Bytes data) throws ProtocolViolationException {
        if (data.length() > credit) {
            throw new ProtocolViolationException(EndReason.CREDIT_EXCEEDED);
        }
        credit -= data.length();
        arrived.writeBytes(data.array());
    }

    boolean isEmpty() {
        return arrived.size() == 0;
    }

    /// Everything that has arrived.
    byte[] take() {
        var bytes = arrived.toByteArray();
        arrived.reset();
        return bytes;
    }

    /// Tells that the consumer has had so many bytes.
    ///
    /// @return whether it is time for [#grant]
    boolean taken(int bytes) {
        taken += bytes;
        return taken >= PORTION;
    }

    /// Grants what the consumer has had.
    ///
    /// @return the credit that the guest is to be told of
    int grant() {
        int granted = taken;
        credit += granted;
        taken = 0;
        return granted;
    }
}
