// The stand-in with QEMU's guest and the image in DIRECTORY/img, without KVM if the machine's does not boot guests.
//   qemu_test SCRIPT PROGRAM DIRECTORY
#include "line.h"

#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAUSE status_of("PATCH", "/vm", "{\"state\":\"Paused\"}")
#define RESUME status_of("PATCH", "/vm", "{\"state\":\"Resumed\"}")
#define SAVE_STATE                                                                                                     \
    status_of("PUT", "/snapshot/create", "{\"snapshot_path\":\"/io/away\",\"mem_file_path\":\"/io/none/m\"}")
enum { NOT_FOUND = 2 };

static const char *const CONFIGURATION[][2] = {
    {"/machine-config", "{\"vcpu_count\":1,\"mem_size_mib\":128}"},
    {"/boot-source",
     "{\"kernel_image_path\":\"/img/vmlinux\",\"initrd_path\":\"/img/g.cpio\",\"boot_args\":\"console=ttyS0 "
     "reboot=k panic=1 quiet mitigations=off no_timer_check cryptomgr.notests i8042.noaux i8042.nomux "
     "i8042.dumbkbd 8250.nr_uarts=1 mvm.id=i-1 mvm.net=10.0.0.2/24,10.0.0.1\"}"},
    {"/network-interfaces/eth0",
     "{\"iface_id\":\"eth0\",\"host_dev_name\":\"tap0\",\"guest_mac\":\"02:00:00:00:00:02\"}"},
    {"/drives/d", "{\"drive_id\":\"d\",\"path_on_host\":\"/io/d.img\",\"is_root_device\":false}"},
    {"/vsock", "{\"guest_cid\":3,\"uds_path\":\"/io/v.sock\"}"},
    {"/entropy", "{}"},
    {"/actions", "{\"action_type\":\"InstanceStart\"}"}};

static int next_line(int listener, const uint8_t *boot, const char *what) {
    bool ready;
    uint8_t now[16];
    int line = line_accept(listener);
    tap(line_hello(line, &ready, now) && memcmp(boot, now, 16) == 0 && line_ping(line), "%s: it dials again", what);
    return line;
}

int main(int count, char **arguments) {
    bool ready;
    uint8_t boot[16];
    if (count < 4)
        return 2;
    player_begin(arguments[1], arguments[2], arguments[3], false);
    pid_t pid = start();
    int listener = listen_at("/io/v.sock_1024");
    for (size_t i = 0; i < sizeof CONFIGURATION / sizeof *CONFIGURATION; i++)
        tap(status_of("PUT", CONFIGURATION[i][0], CONFIGURATION[i][1]) == 204, "%s", CONFIGURATION[i][0]);
    int line = line_accept(listener);
    tap(line_hello(line, &ready, boot) && ready && line_pings(line, 3) == 3, "the guest dials, is ready and answers");
    tap(line_exec(line, "/nothing") == NOT_FOUND, "a program that does not exist");
    close(line);
    line = next_line(listener, boot, "hung up");
    tap(PAUSE == 204 && SAVE_STATE == 400 && RESUME == 204, "pause and resume");
    close(next_line(listener, boot, "paused and resumed"));
    line = next_line(listener, boot, "hung up again");
    line_power_off(line);
    tap(ended(pid) == 0, "power-off ends the process");
    remove_sockets();
    close(line), close(listener);
    return tap_end();
}
