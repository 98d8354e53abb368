package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.guestline.Report;
import java.util.List;

/// What hostd is told. Any thread may call; a call waits while hostd takes nothing.
record Reports(PacketSocket hostd) {
    void say(Report.Word word, long number) {
        try {
            hostd.send((word.text() + " " + number).getBytes(US_ASCII), List.of(), Deadline.never());
        } catch (ErrnoException e) {
            return; // hostd is gone, and so will this process be
        }
    }
}
