package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// One output of a program on its way to the consumer. The guest's credit, the bytes that have arrived, those that
/// the consumer is being given and those not granted again always make up [#CREDIT].
final class Inflow {
    /// Small enough that root holds at most half a MiB for a program with output that is not read, even if the guest
    /// sends single bytes.
    static final int CREDIT = 32 * 1024;

    /// Credit is granted again in portions, for a frame each.
    private static final int PORTION = CREDIT / 4;

    // bytes rather than messages: a guest that sends single bytes makes the host hold no more than others do
    private final ByteArrayOutputStream arrived = new ByteArrayOutputStream(0);
    private int credit = CREDIT;
    private int given;
    private int taken;

    void arrive(Bytes data) throws ViolationException {
        ViolationException.check(data.length() <= credit, ViolationException.CREDIT_EXCEEDED);
        credit -= data.length();
        arrived.writeBytes(data.array());
    }

    boolean isEmpty() {
        return arrived.size() == 0;
    }

    /// Returns some of the bytes that have arrived, at most [ExecLimits#MAX_DATA]. The consumer is done with the
    /// last piece.
    Bytes take() {
        var all = arrived.toByteArray();
        given = Math.min(all.length, ExecLimits.MAX_DATA);
        arrived.reset();
        arrived.write(all, given, all.length - given);
        return Bytes.of(Arrays.copyOf(all, given));
    }

    /// Notes that the consumer is done with the last piece.
    ///
    /// @return credit to grant to the guest, 0 for none yet
    int grant() {
        taken += given;
        given = 0;
        if (taken < PORTION) {
            return 0;
        }
        int granted = taken;
        credit += granted;
        taken = 0;
        return granted;
    }
}
