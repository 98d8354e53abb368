// The network namespace of a VM. netd, which has no right to enter one, makes the VM's tap in it and fetches that when
// the VMM is attached: a descriptor of /dev/net/tun and a socket belong to the namespace in which they were opened.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>

void network_make(int *tun, int *route) {
    if (unshare(CLONE_NEWNET))
        refuse(IDENTITY, errno, "network namespace");
    *tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (*tun < 0)
        refuse(IDENTITY, errno, "/dev/net/tun");
    *route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (*route < 0)
        refuse(IDENTITY, errno, "rtnetlink");
}
