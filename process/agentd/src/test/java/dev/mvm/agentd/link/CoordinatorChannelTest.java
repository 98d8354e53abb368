package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.credential.Credentials;
import dev.mvm.agentd.credential.Renewal;
import dev.mvm.agentd.credential.TestAuthority;
import dev.mvm.agentd.credential.TestAuthority.Wanted;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.RenewRequest;
import dev.mvm.protocol.control.v1.RenewResponse;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.store.StateFiles;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The channel over real TLS, to a server that notes by which certificate each call comes. Half of the lifetime of
/// each certificate is over, so that every look renews.
final class CoordinatorChannelTest {
    private static final long PATIENCE_SECONDS = 60;
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    private Path dir;

    private final Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final BlockingQueue<X509Certificate> callers = new LinkedBlockingQueue<>();
    private final BlockingQueue<NodeMessage> messages = new LinkedBlockingQueue<>();
    private TestAuthority authority;
    private Server server;
    private Credentials credentials;
    private ManagedChannel channel;

    @BeforeEach
    void connect() throws Exception {
        authority = TestAuthority.create(start);
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sslContext(context())
                .intercept(new Callers())
                .addService(new Coordinator())
                .build()
                .start();
        TestAuthority.install(dir, authority.credential(start.minus(DAY.dividedBy(2)), DAY));
        credentials = Credentials.open(dir, new Kept(), Ceremony.NODE, () -> start, _ -> {});
        channel =
                CoordinatorChannel.open(InetSocketAddress.createUnresolved("localhost", server.getPort()), credentials);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    /// Has the server's key and trusts the authority.
    private JdkSslContext context() throws GeneralSecurityException, IOException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var pair = generator.generateKeyPair();
        var certificate = authority.issue(Wanted.server(), pair.getPublic(), start.minusSeconds(60), DAY);
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", pair.getPrivate(), new char[0], new X509Certificate[] {certificate});
        store.setCertificateEntry("fleet", authority.certificate());
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        var tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return new JdkSslContext(
                tls,
                false,
                null,
                SupportedCipherSuiteFilter.INSTANCE,
                new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2),
                ClientAuth.REQUIRE,
                new String[] {"TLSv1.3"},
                false);
    }

    private final class Callers implements ServerInterceptor {
        @Override
        public <I, O> ServerCall.Listener<I> interceptCall(
                ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
            try {
                var session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
                callers.add((X509Certificate) session.getPeerCertificates()[0]);
                return next.startCall(call, headers);
            } catch (SSLPeerUnverifiedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final class Coordinator extends NodeLinkGrpc.NodeLinkImplBase {
        @Override
        public StreamObserver<NodeMessage> watch(StreamObserver<CoordinatorMessage> answer) {
            answer.onNext(CoordinatorMessage.getDefaultInstance());
            return new StreamObserver<>() {
                @Override
                public void onNext(NodeMessage message) {
                    messages.add(message);
                }

                @Override
                public void onError(Throwable cause) {}

                @Override
                public void onCompleted() {}
            };
        }

        @Override
        public void renew(RenewRequest request, StreamObserver<RenewResponse> answer) {
            try {
                var key = new JcaPKCS10CertificationRequest(request.getRequest().toByteArray()).getPublicKey();
                var certificate = authority.issue(
                        Wanted.node(), key, start.minus(DAY.dividedBy(2)).plusSeconds(2), DAY);
                answer.onNext(RenewResponse.newBuilder()
                        .addChain(ByteString.copyFrom(certificate.getEncoded()))
                        .addAuthorities(
                                ByteString.copyFrom(authority.certificate().getEncoded()))
                        .build());
                answer.onCompleted();
            } catch (IOException | GeneralSecurityException e) {
                answer.onError(Status.INTERNAL.withCause(e).asRuntimeException());
            }
        }
    }

    private static final class Kept implements StateFiles {
        private final Map<String, byte[]> files = new HashMap<>();

        @Override
        public Map<String, byte[]> all() {
            return files;
        }

        @Override
        public void put(String name, byte[] content) {
            files.put(name, content);
        }

        @Override
        public void remove(String name) {
            files.remove(name);
        }
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        var out = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(out).isNotNull();
        return out;
    }

    private StreamObserver<NodeMessage> watch() throws InterruptedException {
        var answers = new LinkedBlockingQueue<CoordinatorMessage>();
        var stream = NodeLinkGrpc.newStub(channel).watch(new StreamObserver<>() {
            @Override
            public void onNext(CoordinatorMessage message) {
                answers.add(message);
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {}
        });
        next(answers);
        return stream;
    }

    private Renewal renewal() {
        return new Renewal(
                credentials,
                Ceremony.NODE,
                new CertificateRenewal(channel),
                _ -> {},
                new Random(1),
                () -> start,
                _ -> {});
    }

    @Test
    void afterARenewal_callsComeByTheNewCertificate_andTheOpenStreamGoesOn() throws Exception {
        var first = credentials.current().certificate();
        var open = watch();
        assertThat(next(callers)).isEqualTo(first);
        for (int i = 0; i < 3; i++) {
            var before = credentials.current().certificate();
            renewal().look();
            assertThat(next(callers)).isEqualTo(before); // the call of Renew
            var fresh = credentials.current();
            assertThat(fresh.certificate()).isNotEqualTo(before);
            assertThat(fresh.authorities()).containsExactly(authority.certificate());
            watch();
            assertThat(next(callers)).isEqualTo(fresh.certificate());
        }
        open.onNext(NodeMessage.getDefaultInstance());
        next(messages);
    }

    /// The answer leaves it out, and the coordinator has proved itself by another.
    @Test
    void authorityThatTheFleetHasGivenUp_isNoLongerTrusted() throws Exception {
        var both = List.of(authority.certificate(), TestAuthority.create(start).certificate());
        var installed = authority.credential(start.minus(DAY.dividedBy(2)).plusSeconds(1), DAY);
        TestAuthority.install(dir, new Credential(installed.key(), installed.certificate(), both, installed.written()));
        renewal().look();
        assertThat(next(callers)).isEqualTo(installed.certificate());
        assertThat(credentials.current().certificate()).isNotEqualTo(installed.certificate());
        assertThat(credentials.current().authorities()).containsExactly(authority.certificate());
    }
}
