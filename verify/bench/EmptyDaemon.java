import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/// The least that a daemon in Java can be: answers what it is sent, on a platform thread for each connection.
final class EmptyDaemon {
    public static void main(String[] args) throws IOException {
        var listener = (ServerSocketChannel) System.inheritedChannel();
        while (true) {
            var connection = listener.accept();
            Thread.ofPlatform().start(() -> echo(connection));
        }
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
