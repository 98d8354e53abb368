package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.keyd.StandInKeyd;
import dev.mvm.coordinator.pki.Authority;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.PrivateFiles;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.Digest;
import dev.mvm.protocol.control.v1.AddOperatorRequest;
import dev.mvm.protocol.control.v1.FleetGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// A whole coordinator on free ports, with clients and credentials for it.
public final class TestFleet {
    /// Time limit of every wait. Generous, because a machine can be very slow.
    public static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    public final FakeDocuments documents = new FakeDocuments();
    public final FleetDirectory directory;

    /// The key service, which has the key `disk` of the tenant that a test names.
    public final StandInKeyd keyd;

    private final Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Coordinator coordinator;
    private int credentials;
    private Optional<Path> founder = Optional.empty();

    private final CoordinatorConfig.Mode mode;

    private TestFleet(Path folder, CoordinatorConfig.Mode mode) throws Exception {
        this.folder = folder;
        this.mode = mode;
        this.directory = new FleetDirectory(folder.resolve("state"));
        if (!Files.exists(folder.resolve("state/fleet"))) {
            directory.create("main", List.of(), Instant.now());
        }
        Files.createDirectories(folder.resolve("keyd"));
        this.keyd = new StandInKeyd(folder.resolve("keyd/keyd.sock")).start();
        this.coordinator = started();
    }

    private Coordinator started() throws Exception {
        boolean done = false;
        try {
            var running = Coordinator.start(settings(), documents.documents());
            done = true;
            return running;
        } finally {
            if (!done) {
                keyd.close();
            }
        }
    }

    /// Starts a coordinator in dev mode, on the state in `folder` if there is any.
    public static TestFleet start(Path folder) throws Exception {
        return new TestFleet(folder, CoordinatorConfig.Mode.DEV);
    }

    /// Starts a coordinator in hardened mode, whose REST port requires certificates.
    public static TestFleet startHardened(Path folder) throws Exception {
        return new TestFleet(folder, CoordinatorConfig.Mode.HARDENED);
    }

    CoordinatorConfig settings() {
        return new CoordinatorConfig(
                mode,
                folder.resolve("state"),
                Optional.of(folder.resolve("ready")),
                new CoordinatorConfig.Agent(ANY, 100, Duration.ofDays(30), Optional.of(ANY)),
                Optional.of(new CoordinatorConfig.Operator(ANY, Optional.empty())),
                Optional.of(ANY),
                Duration.ofDays(1),
                new CoordinatorConfig.Trust(
                        folder.resolve("root"),
                        Digest.of(new byte[0]),
                        folder.resolve("key").toString(),
                        Optional.empty()),
                new CoordinatorConfig.KeyService(keyd.socket(), Duration.ofDays(1)));
    }

    /// Stops the coordinator and starts another one on the same state.
    public void restart() throws Exception {
        coordinator.close();
        coordinator = Coordinator.start(settings(), documents.documents());
    }

    public int agentPort() {
        return coordinator.agentPort();
    }

    public int enrolmentPort() {
        return coordinator.enrolmentPort();
    }

    /// The names of all methods of the gRPC port.
    public Set<String> agentMethods() {
        return coordinator.agentMethods();
    }

    /// A new credential, as a folder.
    public Path credential(CertificateRole role, String name, Duration life, Instant issued) throws PkiException {
        var out = folder.resolve("credential-" + credentials++);
        directory.enrol(new Peer(role, name), life, out, issued);
        return out;
    }

    /// A connection with a credential of its own.
    public ManagedChannel connect(CertificateRole role, String name) throws Exception {
        return connect(credential(role, name, Duration.ofDays(1), Instant.now()));
    }

    public ManagedChannel connect(Path credential) throws Exception {
        var tls = GrpcSslContexts.configure(
                        SslContextBuilder.forClient()
                                .keyManager(
                                        Files.newInputStream(credential.resolve("cert.pem")),
                                        Files.newInputStream(credential.resolve("key.pem")))
                                .trustManager(Files.newInputStream(credential.resolve("ca.pem"))),
                        SslProvider.JDK)
                .build();
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", agentPort())
                .sslContext(tls)
                .build();
        opened.add(() -> {
            channel.shutdownNow();
            channel.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        });
        return channel;
    }

    /// The credential of the admin `founder`, who was enrolled on the machine.
    public Path founder() throws PkiException {
        if (founder.isEmpty()) {
            founder = Optional.of(credential(CertificateRole.OPERATOR, "founder", Duration.ofDays(1), Instant.now()));
        }
        return founder.get();
    }

    /// Adds an operator, as the admin `founder` would, and returns its credential.
    ///
    /// @param role its word
    /// @param tenants by name; none for all
    public Path operator(String name, String role, String... tenants) throws Exception {
        var pair = Authority.newKeyPair();
        var stub = FleetGrpc.newBlockingStub(connect(founder()));
        var answer = stub.addOperator(AddOperatorRequest.newBuilder()
                .setOperator(name)
                .setRole(role)
                .setAllTenants(tenants.length == 0)
                .addAllTenants(List.of(tenants))
                .setRequest(Credentials.request(pair))
                .build());
        return Credentials.written(folder.resolve("operator-" + name), pair, answer.getChainList());
    }

    /// A node that has connected and said hello.
    public FakeNode node(String name) throws Exception {
        var node = new FakeNode(this, name, connect(CertificateRole.NODE, name));
        opened.add(node);
        return node;
    }

    public String token() throws PkiException {
        return new String(PrivateFiles.read(directory.tokenFile()), UTF_8).strip();
    }

    public URI uri(String path) {
        return URI.create((mode == CoordinatorConfig.Mode.DEV ? "http" : "https") + "://127.0.0.1:"
                + coordinator.operatorPort().orElseThrow() + path);
    }

    /// A request with the token, in hardened mode one of `founder`.
    public HttpResponse<String> rest(String verb, String path, String body) throws Exception {
        if (mode == CoordinatorConfig.Mode.HARDENED) {
            try (var client = Credentials.client(founder(), true)) {
                return client.send(request(verb, path, body).build(), HttpResponse.BodyHandlers.ofString());
            }
        }
        return send(request(verb, path, body)
                .header("Authorization", "Bearer " + token())
                .build());
    }

    /// A request without authentication.
    public HttpRequest.Builder request(String verb, String path, String body) {
        return HttpRequest.newBuilder(uri(path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(
                        verb,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
    }

    public HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /// Returns the metrics document.
    public String metrics() throws Exception {
        var port = coordinator.metricsPort().orElseThrow();
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"));
        return send(request.timeout(PATIENCE).build()).body();
    }

    public HttpResponse<String> get(String path) throws Exception {
        return rest("GET", path, "");
    }

    public HttpResponse<String> post(String path, String body) throws Exception {
        return rest("POST", path, body);
    }

    /// A tenant with a grant that the fake documents accept.
    public SignedGrant granted(String tenant, SignedGrant.Pool... pools) throws Exception {
        post("/v1/tenants", "{\"tenant\":\"" + tenant + "\"}");
        var answer = get("/v1/tenants").body();
        int at = answer.indexOf("\"tenant\":\"" + tenant + "\"");
        int net = Integer.parseInt(answer.substring(at).replaceFirst("(?s).*?\"net_id\":([0-9]+).*", "$1"));
        var grant = Grants.grant(tenant, 1, net, Grants.PLENTY, pools);
        publish(documents.envelope(grant));
        return grant;
    }

    public HttpResponse<String> publish(ByteString envelope) throws Exception {
        return publish("/v1/grants", envelope);
    }

    /// Publishes a node document.
    public HttpResponse<String> publishNode(ByteString envelope) throws Exception {
        return publish("/v1/node-documents", envelope);
    }

    public HttpResponse<String> publishTombstone(ByteString envelope) throws Exception {
        return publish("/v1/tombstones", envelope);
    }

    public HttpResponse<String> publishMeasurements(ByteString envelope) throws Exception {
        return publish("/v1/measurements", envelope);
    }

    private HttpResponse<String> publish(String path, ByteString envelope) throws Exception {
        var base64 = Base64.getEncoder().encodeToString(envelope.toByteArray());
        return post(path, "{\"envelope\":\"" + base64 + "\"}");
    }

    public void close() throws Exception {
        for (var part : opened.reversed()) {
            part.close();
        }
        http.close();
        coordinator.close();
        keyd.close();
        directory.close();
    }
}
