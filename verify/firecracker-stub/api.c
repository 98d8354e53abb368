// Carries out requests, from method and path on, with Firecracker's checks in Firecracker's order.
#define _GNU_SOURCE
#include "standin.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESTORE "Failed to build microVM from snapshot: Failed to restore devices: Error restoring MMIO devices: "
enum when { ALWAYS, BEFORE, AFTER, HOTPLUG }; // relative to the start; HOTPLUG is BEFORE with another complaint
enum stage { NOT_STARTED, RUNNING, PAUSED };

static enum stage stage;
static bool configured, pressed; // pressed: Ctrl+Alt+Del, which a guest notices when it runs
static char *metadata;           // of MMDS
static jmp_buf unable;
static struct answer answer;

static _Noreturn void leave(const char *message) {
    answer = (struct answer){.status = 400, .body = message, .exit = answer.exit};
    longjmp(unable, 1);
}

void fault(const char *format, ...) {
    va_list arguments;
    char *text;
    va_start(arguments, format);
    int n = vasprintf(&text, format, arguments);
    va_end(arguments);
    const char *message = n < 0 ? ""
                                : print("%s%s",
                                        answer.exit < 0 ? ""
                                                        : "Load snapshot error: Failed to restore from "
                                                          "snapshot: ",
                                        text);
    free(text);
    struct json *out = json_new(OBJ, NULL);
    json_put(out, "fault_message", json_new(STR, message));
    leave(json_write(out));
}

const char *os_error(int number) {
    return print("%s (os error %d)", strerror(number), number);
}

static void value(const struct json *v) {
    answer.status = 200, answer.body = json_write(v);
}

static void get_instance(struct json *body) {
    static const char *const WORDS[] = {"Not started", "Running", "Paused"};
    (void)body;
    answer.status = 200;
    answer.body = print("{\"id\":\"%s\",\"state\":\"%s\",\"vmm_version\":\"" VERSION "\",\"app_name\":\"Firecracker\"}",
                        instance_id, WORDS[stage]);
}

static void get_version(struct json *body) {
    (void)body;
    answer.status = 200, answer.body = "{\"firecracker_version\":\"" VERSION "\"}";
}

static void get_config(struct json *body) {
    (void)body;
    value(config);
}

static void get_machine(struct json *body) {
    (void)body;
    value(json_get(config, "machine-config"));
}

static void get_mmds(struct json *body) {
    (void)body;
    answer.status = 200, answer.body = metadata ? print("%s", metadata) : "{}";
}

static void get_balloon(struct json *body) {
    body = json_get(config, "balloon");
    if (!body)
        fault(stage == NOT_STARTED ? "Balloon config error: No balloon device found."
                                   : "Internal VMM error: Failed perform action on device: Device not found");
    value(body);
}

static void get_balloon_statistics(struct json *body) {
    (void)body;
    answer.status = 200, answer.body = "{\"target_pages\":0,\"actual_pages\":0,\"target_mib\":0,\"actual_mib\":0}";
}

static void patch_balloon(struct json *body) {
    (void)body;
    fault("Balloon update error: Balloon: Device not activated yet."); // for ever: this guest has no driver
}

static void put_machine(struct json *body) {
    check_machine(body);
    answer.deprecated = json_get(body, "cpu_template");
    json_put(config, "machine-config", body);
}

static void put_boot_source(struct json *body) {
    check_boot_source(body);
    json_put(config, "boot-source", body);
}

static void put_drive(struct json *body) {
    check_drive(body);
    config_put_device("drives", "drive_id", body);
}

static void put_network(struct json *body) {
    check_network(body);
    tap_open(json_text(body, "iface_id"), json_text(body, "host_dev_name"),
             "Network config error: Could not create the network device: ");
    config_put_device("network-interfaces", "iface_id", body);
}

static void put_vsock(struct json *body) {
    struct json *kept = json_new(OBJ, NULL);
    answer.deprecated = json_get(body, "vsock_id");
    vsock_close();
    const char *wrong = vsock_bind(json_text(body, "uds_path"));
    if (wrong)
        fault("Vsock config error: Cannot create backend for vsock device: Error binding to the host-side Unix socket: "
              "%s",
              wrong);
    json_put(kept, "guest_cid", json_get(body, "guest_cid"));
    json_put(kept, "uds_path", json_get(body, "uds_path"));
    json_put(config, "vsock", kept);
}

static void put_entropy(struct json *body) {
    json_put(config, "entropy", body);
}

static void put_balloon(struct json *body) {
    json_put(config, "balloon", body);
}

static void put_mmds_config(struct json *body) {
    check_mmds(body);
    answer.deprecated = strcmp(json_text(body, "version"), "V1") == 0;
    json_put(config, "mmds-config", body);
}

static void put_mmds(struct json *body) {
    free(metadata);
    metadata = strdup(json_write(body));
}

static void put_logger(struct json *body) {
    if (json_get(body, "log_path"))
        log_to(json_text(body, "log_path"));
}

static void put_metrics(struct json *body) {
    metrics_to(json_text(body, "metrics_path"));
}

static void nothing(struct json *body) {
    (void)body;
}

static void start(void) {
    const struct json *machine = json_get(config, "machine-config"), *source = json_get(config, "boot-source");
    if (!*json_text(source, "kernel_image_path"))
        fault("Start microvm error: Cannot start microvm without kernel configuration.");
    memory_layout(json_number(machine, "mem_size_mib") << 20);
    if (!memory_map(-1))
        fault("Start microvm error: Invalid Memory Configuration: Cannot create mmap region: %s", os_error(errno));
    const char *wrong = kvm_create();
    wrong = wrong ? wrong : guest_load(json_text(source, "kernel_image_path"), json_text(source, "initrd_path"));
    if (wrong)
        fault("Start microvm error: %s", wrong);
    vm_threads((unsigned)json_number(machine, "vcpu_count"), false);
    vsock_start(false);
    stage = RUNNING;
    vm_resume();
}

static void resume(void) {
    if (stage == PAUSED)
        vsock_resume(), vm_resume();
    stage = RUNNING;
}

static void action(struct json *body) {
    const char *type = json_text(body, "action_type");
    bool starts = strcmp(type, "InstanceStart") == 0;
    if (starts != (stage == NOT_STARTED))
        fault("The requested operation is not supported %s starting the microVM.", starts ? "after" : "before");
    if (starts)
        start();
    else if (strcmp(type, "FlushMetrics") == 0)
        metrics_flush();
    else
        pressed = true;
}

static void patch_vm(struct json *body) {
    if (strcmp(json_text(body, "state"), "Paused") != 0) {
        resume();
    } else if (stage == RUNNING) {
        vsock_pause(), vm_pause();
        stage = PAUSED;
    }
}

static void create_snapshot(struct json *body) {
    if (stage != PAUSED)
        fault("Create snapshot error: Cannot save the microVM state: Operation not allowed: save/restore unavailable "
              "while "
              "running");
    vsock_state_saved();
    snapshot_create(body);
}

static void load_snapshot(struct json *body) {
    answer.deprecated = json_get(body, "mem_file_path") || json_flag(body, "enable_diff_snapshots");
    if (configured)
        fault("Load snapshot error: Loading a microVM snapshot not allowed after configuring boot-specific resources.");
    answer.exit = 1; // if the load fails, also below
    snapshot_load(body);
    const struct json *vsock = json_get(config, "vsock");
    const char *wrong = kvm_create();
    if (wrong)
        fault("Failed to build microVM from snapshot: Failed to create microVM and vCPUs: %s", wrong);
    for (const struct json *drive = json_get(config, "drives")->items; drive; drive = drive->next)
        check_backing(drive, RESTORE "Block: ", "");
    for (const struct json *net = json_get(config, "network-interfaces")->items; net; net = net->next)
        tap_open(json_text(net, "iface_id"), json_text(net, "host_dev_name"),
                 RESTORE "Net: Failed to create a network "
                         "device: ");
    if (vsock && (wrong = vsock_bind(json_text(vsock, "uds_path"))))
        fault(RESTORE "VsockUnixBackend: Error binding to the host-side Unix socket: %s", wrong);
    vm_threads((unsigned)json_number(json_get(config, "machine-config"), "vcpu_count"), true);
    vsock_start(true);
    free(metadata), metadata = NULL;
    stage = PAUSED;
    answer.exit = -1;
    if (json_flag(body, "resume_vm"))
        resume();
}

static const struct route {
    const char *method, *first, *second; // second NULL: anything may follow
    const struct shape *shape;           // of the body
    const char *id;                      // the member that must equal the rest of the path
    enum when when;
    void (*go)(struct json *body);
} ROUTES[] = {
    {"GET", "", NULL, NULL, NULL, ALWAYS, get_instance},
    {"GET", "version", NULL, NULL, NULL, ALWAYS, get_version},
    {"GET", "vm", "config", NULL, NULL, ALWAYS, get_config},
    {"GET", "machine-config", NULL, NULL, NULL, ALWAYS, get_machine},
    {"GET", "mmds", NULL, NULL, NULL, ALWAYS, get_mmds},
    {"GET", "balloon", "", NULL, NULL, ALWAYS, get_balloon},
    {"GET", "balloon", "statistics", NULL, NULL, AFTER, get_balloon_statistics},
    {"PUT", "actions", NULL, &ACTION, NULL, ALWAYS, action},
    {"PUT", "balloon", NULL, &BALLOON, NULL, BEFORE, put_balloon},
    {"PUT", "boot-source", NULL, &BOOT_SOURCE, NULL, BEFORE, put_boot_source},
    {"PUT", "cpu-config", NULL, &ANYTHING, NULL, BEFORE, nothing},
    {"PUT", "drives", NULL, &DRIVE, "drive_id", HOTPLUG, put_drive},
    {"PUT", "logger", NULL, &LOGGER, NULL, BEFORE, put_logger},
    {"PUT", "serial", NULL, &SERIAL, NULL, BEFORE, nothing},
    {"PUT", "machine-config", NULL, &MACHINE, NULL, BEFORE, put_machine},
    {"PUT", "metrics", NULL, &METRICS, NULL, BEFORE, put_metrics},
    {"PUT", "mmds", "", &ANYTHING, NULL, ALWAYS, put_mmds},
    {"PUT", "mmds", "config", &MMDS, NULL, BEFORE, put_mmds_config},
    {"PUT", "network-interfaces", NULL, &NETWORK, "iface_id", HOTPLUG, put_network},
    {"PUT", "snapshot", "create", &CREATE_SNAPSHOT, NULL, AFTER, create_snapshot},
    {"PUT", "snapshot", "load", &LOAD_SNAPSHOT, NULL, BEFORE, load_snapshot},
    {"PUT", "vsock", NULL, &VSOCK, NULL, BEFORE, put_vsock},
    {"PUT", "entropy", NULL, &ENTROPY, NULL, BEFORE, put_entropy},
    {"PATCH", "balloon", NULL, &BALLOON_UPDATE, NULL, AFTER, patch_balloon},
    {"PATCH", "drives", NULL, &DRIVE_UPDATE, "drive_id", AFTER, patch_drive},
    {"PATCH", "network-interfaces", NULL, &NETWORK_UPDATE, "iface_id", AFTER, patch_network},
    {"PATCH", "vm", NULL, &VM, NULL, AFTER, patch_vm},
};

static const struct route *find(const char *method, const char *first, const char *second) {
    for (const struct route *r = ROUTES; r < ROUTES + sizeof ROUTES / sizeof *ROUTES; r++) {
        if (strcmp(r->method, method) == 0 && strcmp(r->first, first) == 0 &&
            (!r->second || strcmp(r->second, second) == 0))
            return r;
    }
    if (strcmp(method, "PUT") == 0 && strcmp(first, "snapshot") == 0 && !*second)
        fault("Missing snapshot operation type.");
    if (strcmp(method, "PUT") == 0 && strcmp(first, "snapshot") == 0)
        fault("Invalid request method and/or path: PUT /snapshot/%s.", second);
    if ((strcmp(method, "PUT") == 0 && strcmp(first, "mmds") == 0) ||
        (strcmp(method, "GET") == 0 && strcmp(first, "balloon") == 0))
        fault("Unrecognized %s request path `%s`.", method, second);
    fault("Invalid request method and/or path: %s %s.", method, first);
}

static void check_id(const char *id) {
    if (!*id)
        fault("The ID cannot be empty.");
    for (const char *at = id; *at; at++) {
        if (!isalnum((unsigned char)*at) && *at != '_' && *at >= 0) // bytes beyond ASCII count as letters
            fault("API Resource IDs can only contain alphanumeric characters and underscores.");
    }
}

static struct json *read_body(const struct route *route, const struct request *r) {
    struct text in = {.bytes = r->body, .length = r->length};
    struct json *body = shape_document(route->shape, &in);
    if (body && route->go == load_snapshot) {
        bool file = json_get(body, "mem_file_path"), backend = json_get(body, "mem_backend");
        if (file && backend)
            in.complaint = "too many fields: either `mem_backend` or `mem_file_path` exclusively is required";
        else if (!file && !backend)
            in.complaint = "missing field: either `mem_backend` or `mem_file_path` is required";
    }
    if (in.complaint)
        fault("An error occurred when deserializing the json body of a request: %s.", in.complaint);
    return body;
}

static void obey(const struct request *r) {
    const char *path = r->target + strspn(r->target, "/");
    const char *first = print("%.*s", (int)strcspn(path, "/"), path), *second = path + strlen(first);
    second = *second ? print("%.*s", (int)strcspn(second + 1, "/"), second + 1) : "";
    if (strcmp(r->method, "GET") == 0 && r->length > 0)
        fault("GET request cannot have a body.");
    if (strcmp(r->method, "DELETE") == 0 && r->length > 0)
        fault("Empty Delete request.");
    if (strncmp(r->method, "P", 1) == 0 && r->length == 0)
        fault("Empty %s request.", r->method);
    const struct route *route = find(r->method, first, second);
    if (route->id)
        check_id(second);
    struct json *body = route->shape ? read_body(route, r) : NULL;
    if (route->id && strcmp(json_text(body, route->id), second) != 0) {
        if (strcmp(route->id, "drive_id") == 0)
            fault("The id from the path does not match the id from the body!");
        fault("The id from the path [%s] does not match the id from the body [%s]!", second,
              json_text(body, route->id));
    }
    if (route->when == HOTPLUG && MINOR >= 16 && stage != NOT_STARTED)
        fault("PCI is not enabled");
    if (route->when != ALWAYS && (route->when == AFTER) == (stage == NOT_STARTED))
        fault("The requested operation is not supported %s starting the microVM.",
              route->when == AFTER ? "before" : "after");
    if ((route->when == BEFORE || route->when == HOTPLUG) && route->go != nothing && route->go != put_logger &&
        route->go != put_metrics && route->go != load_snapshot)
        configured = true;
    route->go(body);
}

struct answer api_answer(const struct request *request) {
    bool body = request->length > 0 && strncmp(request->target, "/mmds", 5) != 0;
    INFO("The API server received a %c%s request on \"%s\"%s%.*s%s.", request->method[0],
         strcmp(request->method, "GET") == 0   ? "et"
         : strcmp(request->method, "PUT") == 0 ? "ut"
                                               : "atch",
         request->target, body ? " with body \"" : "", body ? (int)request->length : 0,
         request->body ? request->body : "", body ? "\"" : "");
    answer = (struct answer){.status = 204, .body = "", .exit = -1};
    config_begin();
    bool good = setjmp(unable) == 0;
    if (good)
        obey(request);
    config_end(good);
    if (pressed && stage == RUNNING)
        answer.exit = 0; // the guest's kernel resets the machine
    if (good)
        INFO("The request was executed successfully. Status code: %s.",
             answer.status == 204 ? "204 No Content" : "200 OK");
    else
        WARN("Received Error. Status code: 400 Bad Request. Message: %s", answer.body);
    return answer;
}
