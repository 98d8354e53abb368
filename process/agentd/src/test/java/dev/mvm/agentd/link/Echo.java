package dev.mvm.agentd.link;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecOutput.Ended;
import dev.mvm.protocol.guest.exec.ExecOutput.Stdout;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.guest.exec.TerminalSize;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// cat(1): copies its input to its output, with room for four pieces.
final class Echo implements RunningProgram {
    final BlockingQueue<dev.mvm.protocol.guest.exec.ExecOutput> way = new ArrayBlockingQueue<>(4);
    volatile boolean closed;

    @Override
    public void stdin(Bytes data) throws InterruptedException {
        put(new Stdout(data));
    }

    @Override
    public void closeStdin() throws InterruptedException {
        put(new Ended(new ProgramEnd.Exited(0)));
    }

    @Override
    public void resize(TerminalSize size) {
        throw new IllegalStateException("the program has no terminal");
    }

    @Override
    public void signal(ExecSignal signal) throws InterruptedException {
        put(new Ended(new ProgramEnd.Killed(signal.number())));
    }

    /// Without effect after the program's end.
    private void put(dev.mvm.protocol.guest.exec.ExecOutput output) throws InterruptedException {
        while (!way.offer(output, 50, TimeUnit.MILLISECONDS)) {
            if (closed) {
                return;
            }
        }
    }

    @Override
    public dev.mvm.protocol.guest.exec.ExecOutput receive() throws InterruptedException {
        return way.take();
    }

    @Override
    public void close() {
        closed = true;
    }
}
