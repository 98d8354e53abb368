package dev.mvm.cli.rehearsal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A coordinator with fixed responses, on 127.0.0.1 and with mutual TLS for one certificate.
final class CannedCoordinator implements AutoCloseable {
    /// An instance that runs.
    static final String INSTANCE = "demo/web/i-00000001";

    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final String NO_SUCH_THING = "{\"reason\":\"not_found\",\"message\":\"no such thing\"}";

    private static final String RUNNING = """
            {"address":"demo/web/i-00000001","state":"Running","healthy":true,"ip":"10.240.0.3","node":"n-0",\
            "revision":"sha256:00","vcpus":1,"mem_mib":128,"started_at":"2026-01-02T03:04:05Z"}""";
    private static final String ASLEEP = """
            {"address":"demo/web/i-00000002","state":"Sleeping","ip":"10.240.0.4","node":"n-0","revision":"sha256:00",\
            "vcpus":1,"mem_mib":128,"sleep":{"epoch":"3","memory_bytes":"134217728","sealed_bytes":"9542041",\
            "seal_millis":"1702","open_millis":"85","slept_at":"2026-01-02T03:04:05Z"}}""";
    private static final String POOL = """
            {"address":"demo/web","desired":{"running":2,"warm":0,"sleeping":1},"actual":{"running":1,"sleeping":1},\
            "revision":"sha256:00","vcpus":1,"mem_mib":128,"flags":["exec"],"granted":4,\
            "rates":{"disk_mib":10,"net_mib":200}}""";
    private static final String NODE = """
            {"node":"n-0","link":"connected","mode":"hardened","hostname":"host","arch":"x86_64","vcpus":4,\
            "mem_mib":"8192","kernel":"6.12.0","vmm":"firecracker 1.16.1","accelerator":"kvm","sequence_sent":"7",\
            "sequence_installed":"7","state_expires":"2026-01-02T04:04:05Z","instances":2,"agent_version":"0.1.0",\
            "refusals":{"busy":"2","not_found":"1"},"limits":["no such file"]}""";
    private static final String TENANT = """
            {"tenant":"demo","net_id":1,"subnet":"10.240.0.0/24","grant":"sha256:00",\
            "grant_expires":"2026-02-02T03:04:05Z","pools":1,"instances":2,"mode":"hardened"}""";
    private static final String EVENT = """
            {"number":"1","time":"2026-01-02T03:04:05Z","event":"instance_changed","node":"n-0",\
            "subject":"demo/web/i-00000001","detail":"Stopped to Running"}""";

    private static final Map<String, String> ANSWERS = Map.of(
            "/v1/instances",
            "{\"instances\":[" + RUNNING + "," + ASLEEP + "]}",
            "/v1/instances/" + INSTANCE,
            RUNNING,
            "/v1/instances/" + INSTANCE + ":change",
            RUNNING,
            "/v1/pools",
            "{\"pools\":[" + POOL + "]}",
            "/v1/pools/demo/web:scale",
            POOL,
            "/v1/nodes",
            "{\"nodes\":[" + NODE + "]}",
            "/v1/nodes/n-0",
            NODE,
            "/v1/tenants",
            "{\"tenants\":[" + TENANT + "]}",
            "/v1/events",
            "{\"events\":[" + EVENT + "],\"last\":\"1\"}");

    private final HttpsServer server;

    private CannedCoordinator(HttpsServer server) {
        this.server = server;
    }

    static CannedCoordinator start(Identity identity) throws IOException, GeneralSecurityException {
        var server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new OnlyKnown(tls(identity)));
        server.createContext("/", CannedCoordinator::answer);
        server.start();
        return new CannedCoordinator(server);
    }

    URI address() {
        return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
    }

    private static SSLContext tls(Identity identity) throws IOException, GeneralSecurityException {
        var none = new char[0];
        var own = KeyStore.getInstance("PKCS12");
        own.load(null, none);
        own.setKeyEntry("own", identity.key(), none, new Certificate[] {identity.own(), identity.authority()});
        own.setCertificateEntry("authority", identity.authority());
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, none);
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(own);
        var tls = SSLContext.getInstance("TLSv1.3");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return tls;
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            var known = ANSWERS.get(exchange.getRequestURI().getPath());
            var body = (known == null ? NO_SUCH_THING : known).getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(known == null ? NOT_FOUND : OK, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private static final class OnlyKnown extends HttpsConfigurator {
        OnlyKnown(SSLContext tls) {
            super(tls);
        }

        @Override
        public void configure(HttpsParameters parameters) {
            var wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
        }
    }
}
