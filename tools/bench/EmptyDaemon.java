import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Collections;

/// The least that a daemon in Java can be: answers what it is sent, on a platform thread for each connection. With
/// `linked` it has called a C function before, linked as hostd links all of them (CFunction), which needs errno(3).
final class EmptyDaemon {
    public static void main(String[] args) throws Throwable {
        if (args.length == 1 && args[0].equals("linked")) {
            call();
        }
        var listener = (ServerSocketChannel) System.inheritedChannel();
        while (true) {
            var connection = listener.accept();
            Thread.ofPlatform().start(() -> echo(connection));
        }
    }

    @SuppressWarnings("restricted") // calling C is what this is about
    private static void call() throws Throwable {
        var numbers = Collections.nCopies(8, ValueLayout.JAVA_LONG).toArray(MemoryLayout[]::new);
        var call = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.of(ValueLayout.JAVA_LONG, numbers),
                        Linker.Option.captureCallState("errno"),
                        Linker.Option.firstVariadicArg(1));
        var libc = SymbolLookup.libraryLookup("libc.so.6", Arena.global());
        var errno = Arena.global().allocate(Linker.Option.captureStateLayout());
        long _ = (long) call.invokeExact(libc.findOrThrow("getpid"), errno, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    }

    private static void echo(SocketChannel connection) {
        var buffer = ByteBuffer.allocateDirect(4096);
        try (connection) {
            while (connection.read(buffer) > 0) {
                buffer.flip();
                connection.write(buffer);
                buffer.clear();
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
    }
}
