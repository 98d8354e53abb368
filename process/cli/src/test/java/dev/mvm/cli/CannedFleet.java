package dev.mvm.cli;

import java.util.Map;

/// Responses of a coordinator in which every member of `fleet.proto` is set that a verb prints, as proto3's JSON spells
/// them: 64-bit numbers are strings.
final class CannedFleet {
    private static final String RUNNING = """
            {"address":"demo/web/i-00000001","state":"Running","healthy":true,"ip":"10.240.0.3","node":"n-0",\
            "revision":"sha256:00","vcpus":1,"mem_mib":128,"reason":"unreachable","started_at":"2026-01-02T03:04:05Z",\
            "manual_until":"2026-01-02T04:04:05Z"}""";
    private static final String ASLEEP = """
            {"address":"demo/web/i-00000002","state":"Sleeping","ip":"10.240.0.4","node":"n-0","revision":"sha256:00",\
            "vcpus":1,"mem_mib":128,"reason":"key_not_replaced","sleep":{"epoch":"3","memory_bytes":"134217728",\
            "sealed_bytes":"9542041","seal_millis":"1702","open_millis":"85","slept_at":"2026-01-02T03:04:05Z"},\
            "keys":[{"purpose":"snapshot","key":"snap","version":2},{"purpose":"volume"}]}""";
    private static final String POOL = """
            {"address":"demo/web","desired":{"running":2,"warm":1,"sleeping":1},"actual":{"running":1,"sleeping":1},\
            "revision":"sha256:00","vcpus":1,"mem_mib":128,"flags":["exec"],"granted":4,\
            "rates":{"disk_mib":10,"disk_requests":100,"net_mib":200,"net_packets":2000}}""";
    private static final String FINDINGS = """
            [{"name":"jailer","found":"/usr/lib/mvm/jailer is not there"},\
            {"name":"no dumps","holds":true,"found":"no core files"}]""";
    private static final String NODE = """
            {"node":"n-0","link":"connected","mode":"dev","hostname":"host","arch":"x86_64","vcpus":4,\
            "mem_mib":"8192","kernel":"6.12.0","vmm":"qemu 10.0.0","accelerator":"kvm","sequence_sent":"7",\
            "sequence_installed":"6","state_expires":"2026-01-02T04:04:05Z","state_refused":"expired","instances":2,\
            "agent_version":"0.1.0","limits":["no cgroup limits"],"root_version":1,"log_size":"9",\
            "log_root":"sha256:00","node_key":"ed25519:00","refusals":{"busy":"2","hostd_no_state":"1"},\
            "key_period":"3","keys_expire":"2026-01-03T16:04:05Z","keys_fault":"keyd_unreachable",\
            "keys_refused":{"rival":"rationed"},\
            "security":""" + FINDINGS + "}";
    private static final String OUT_OF_SERVICE = """
            {"node":"n-1","link":"connected","mode":"hardened","out_of_service":["room: 3 MiB are free; make room"]}""";
    private static final String TENANT = """
            {"tenant":"demo","net_id":1,"subnet":"10.240.0.0/24","grant":"sha256:00",\
            "grant_expires":"2020-02-02T03:04:05Z","pools":1,"instances":2,"mode":"hardened"}""";
    private static final String KEY = """
            {"tenant":"demo","key":"disk","purpose":"volume","version":2,"min_version":1,\
            "versions":[{"version":1,"made_at":"2026-01-02T03:04:05Z","nodes":["n-0"]},\
            {"version":2,"made_at":"2026-01-03T03:04:05Z"}]}""";
    private static final String DOCUMENTS = """
            {"documents":[{"node":"n-0","version":1,"digest":"sha256:%s","issued_at":"2026-11-01T00:00:00Z",
            "expires":"2027-11-01T00:00:00Z","node_key":"ed25519:%s","labels":["gpu","west"],
            "domain":"rack-1","vcpus":64,"mem_mib":262144,"max_tenants":20,"reboot":"hold","ek":"sha256:%s",
            "admitted":["8c1f0a52-2b9e-4a64-9a0f-3f6b2d1c7e10"],"envelope":"e30="}]}""".formatted("1".repeat(64), "2".repeat(64), "3".repeat(64));
    private static final String TOMBSTONES = """
            {"tombstones":[{"tenant":"gone","version":4,"digest":"sha256:00","issued_at":"2026-11-01T00:00:00Z",\
            "envelope":"e30="}]}""";
    private static final String MEASUREMENTS = """
            {"measurements":[{"version":2,"digest":"sha256:00","issued_at":"2026-11-01T00:00:00Z",\
            "expires":"2027-11-01T00:00:00Z","releases":[{"name":"0.4.0","pcrs":[{"pcr":7,"sha256":["sha256:00"]}]}],\
            "envelope":"e30="}]}""";

    private static final String KEY_SERVICE = """
            {"reachable":true,"state":"held","reason":"grant_awaited","fleet":"sha256:00",\
            "root_version":1,"epoch":"2","generation":"1","lacking":[{"kind":"grant","subject":"demo",\
            "reason":"wrong_fleet"}],"lacking_total":1}""";
    private static final String KEY_RECORDS = """
            {"records":["{\\"schema\\":1,\\"seq\\":1,\\"time\\":\\"2026-01-02T03:04:05Z\\",\\"action\\":\\"rotate\\",\
            \\"tenant\\":\\"demo\\",\\"node\\":\\"\\",\\"result\\":\\"done\\",\\"reason\\":\\"\\",\
            \\"detail\\":\\"key disk has version 2\\",\\"count\\":1,\\"prev\\":\\"00\\"}",\
            "{\\"schema\\":1,\\"seq\\":4,\\"time\\":\\"2026-01-02T03:04:06Z\\",\\"action\\":\\"release\\",\
            \\"tenant\\":\\"demo\\",\\"node\\":\\"n-0\\",\\"result\\":\\"alarm\\",\\"reason\\":\\"not_released_here\\",\
            \\"detail\\":\\"\\",\\"count\\":3,\\"prev\\":\\"00\\"}"]}""";

    private static final String ROOTS = """
            {"roots":[{"version":1,"digest":"sha256:00","issued_at":"2019-01-02T03:04:05Z",\
            "expires":"2020-01-02T03:04:05Z","envelope":"e30="}],"signs":true}""";
    private static final String OPERATOR = """
            {"operator":"ada","role":"operator","all_tenants":false,"tenants":["demo","rival"],"days":30,\
            "expires":"2026-02-02T03:04:05Z","changed_at":"2026-01-02T03:04:05Z","changed_by":"operator/alice",\
            "revoked":false}""";
    private static final String CERTIFICATES = """
            {"certificates":[{"node":"n-0","expires":"2020-02-02T03:04:05Z","state":"good"},\
            {"node":"n-1","expires":"2020-02-02T03:04:05Z","state":"revoked"}]}""";
    private static final String EVENTS = """
            {"events":[{"number":"1","time":"2026-01-02T03:04:05Z","event":"node_connected","node":"n-0"},\
            {"number":"2","time":"2026-01-02T03:04:06Z","event":"instance_changed","node":"n-0",\
            "subject":"demo/web/i-00000001","detail":"Stopped to Running"}],"last":"2","gap":true}""";

    /// A response of the agent's to each question that verbs ask.
    static final String DESIRED = """
            {"node":"n-0","sequence":"7","expires":"2026-01-02T04:04:05Z","pools":[{"pool":"demo/web",\
            "desired":{"running":2,"warm":1,"sleeping":1},"revision":"sha256:00","flags":["exec"],"frozen":true}]}""";

    static final String PLAN = """
            {"node":"n-0","sequence":"7","expires":"2026-01-02T04:04:05Z","steps":[{"instance":"demo/web/i-00000001",\
            "operation":"stop","why":"too many","wave":1}],"shortfalls":[{"pool":"demo/web","lack":"max_running",\
            "instances":2}],"steps_planned":1}""";

    static final String OUTCOMES = """
            {"node":"n-0","sequence":"7","expires":"2026-01-02T04:04:05Z","outcomes":[{"pool":"demo/web",\
            "outcome":"blocked","reason":"max_running"}]}""";

    /// Responses by request.
    static final Map<String, String> RESPONSES = Map.ofEntries(
            Map.entry("GET /v1/instances", "{\"instances\":[" + RUNNING + "," + ASLEEP + "]}"),
            Map.entry("GET /v1/instances/demo/web/i-00000001", RUNNING),
            Map.entry("GET /v1/instances/demo/web/i-00000002", ASLEEP),
            Map.entry("POST /v1/instances/demo/web/i-00000001:change", RUNNING),
            Map.entry("GET /v1/pools", "{\"pools\":[" + POOL + "]}"),
            Map.entry("GET /v1/pools?tenant=demo", "{\"pools\":[" + POOL + "]}"),
            Map.entry("POST /v1/pools/demo/web:scale", POOL),
            Map.entry("GET /v1/tenants", "{\"tenants\":[" + TENANT + "]}"),
            Map.entry("POST /v1/tenants", TENANT),
            Map.entry("GET /v1/keys", "{\"keys\":[" + KEY + "]}"),
            Map.entry("POST /v1/keys/demo/disk:rotate", KEY),
            Map.entry("POST /v1/keys:rewrap", "{}"),
            Map.entry("GET /v1/node-documents?node=n-0", DOCUMENTS),
            Map.entry("GET /v1/tombstones", TOMBSTONES),
            Map.entry("GET /v1/measurements", MEASUREMENTS),
            Map.entry("GET /v1/key-service", KEY_SERVICE),
            Map.entry("GET /v1/key-records?from=0&limit=1000", KEY_RECORDS),
            Map.entry("GET /v1/key-records?from=5&limit=1000", "{}"),
            Map.entry("GET /v1/roots", ROOTS),
            Map.entry("GET /v1/operators", "{\"operators\":[" + OPERATOR + "]}"),
            Map.entry("POST /v1/operators/ada:change", OPERATOR),
            Map.entry("POST /v1/operators/ada:revoke", OPERATOR),
            Map.entry("GET /v1/nodes", "{\"nodes\":[" + NODE + "," + OUT_OF_SERVICE + "]}"),
            Map.entry("GET /v1/nodes/n-0", NODE),
            Map.entry("GET /v1/node-certificates", CERTIFICATES),
            Map.entry("POST /v1/nodes/n-0:verifyNetworks", "{\"node\":\"n-0\",\"findings\":" + FINDINGS + "}"),
            Map.entry("GET /v1/events?after=0&limit=1000&wait_seconds=0", EVENTS));

    private CannedFleet() {}
}
