// Attaches taps. Only QEMU reads and writes them.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TAPS = 16, VNET_HEADER = 12 };

static struct tap {
    char interface[64];
    int fd;
} taps[TAPS];
static size_t count;

int tap_of(const char *interface) {
    size_t i = 0;
    while (i < count && strcmp(taps[i].interface, interface) != 0)
        i++;
    return i < count ? taps[i].fd : -1;
}

// First releases the tap that the interface had before.
void tap_open(const char *interface, const char *name, const char *before) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    size_t i = 0;
    int size = VNET_HEADER;
    while (i < count && strcmp(taps[i].interface, interface) != 0)
        i++;
    if (i < count)
        close(taps[i].fd), taps[i] = taps[--count];
    if (count == TAPS || strlen(interface) >= sizeof taps->interface)
        fault("%sthe stand-in has %d interfaces, with short names", before, TAPS);
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        fault("%sOpen tap device failed: Couldn't open /dev/net/tun: %s", before, os_error(errno));
    if (strlen(name) >= IFNAMSIZ) {
        close(fd);
        fault("%sOpen tap device failed: Invalid interface name", before);
    }
    strcpy(request.ifr_name, name);
    if (ioctl(fd, TUNSETIFF, &request)) {
        int e = errno;
        close(fd);
        fault("%sOpen tap device failed: Error while creating ifreq structure: %s. Invalid TUN/TAP Backend provided by "
              "%s. "
              "Check our documentation on setting up the network devices.",
              before, os_error(e), name);
    }
    if (ioctl(fd, TUNSETVNETHDRSZ, &size)) {
        int e = errno;
        close(fd);
        fault("%sSetting vnet header size failed: Error while setting size of the vnet header: %s", before,
              os_error(e));
    }
    strcpy(taps[count].interface, interface);
    taps[count++].fd = fd;
}
