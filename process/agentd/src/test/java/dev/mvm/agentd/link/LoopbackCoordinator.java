package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.SessionInput;
import dev.mvm.protocol.control.v1.SessionOutput;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A coordinator on loopback that gives its sessions to the test.
abstract class LoopbackCoordinator {
    /// Far longer than anything here takes.
    static final long PATIENCE_SECONDS = 60;

    final BlockingQueue<SessionInput> fromNode = new LinkedBlockingQueue<>();
    final CountDownLatch ended = new CountDownLatch(1);
    final BlockingQueue<ServerCallStreamObserver<SessionOutput>> streams = new LinkedBlockingQueue<>();
    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    Server server;
    ManagedChannel channel;

    @BeforeEach
    void connect() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new NodeLinkGrpc.NodeLinkImplBase() {
                    @Override
                    public StreamObserver<SessionInput> session(StreamObserver<SessionOutput> answer) {
                        var stream = (ServerCallStreamObserver<SessionOutput>) answer;
                        stream.disableAutoRequest();
                        streams.add(stream);
                        return new Arrivals();
                    }
                })
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    final class Arrivals implements StreamObserver<SessionInput> {
        @Override
        public void onNext(SessionInput input) {
            fromNode.add(input);
        }

        @Override
        public void onError(Throwable cause) {
            ended.countDown();
        }

        @Override
        public void onCompleted() {
            ended.countDown();
        }
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    SessionInput next() throws InterruptedException {
        var input = fromNode.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(input).isNotNull();
        return input;
    }

    static void send(ServerCallStreamObserver<SessionOutput> stream, ExecInput.Builder input) {
        stream.onNext(SessionOutput.newBuilder().setInput(input).build());
    }
}
