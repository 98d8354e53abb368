package dev.mvm.linux.netdev;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.model.InterfaceName;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// Settings of one interface under `/proc/sys/net`, of the calling thread's network namespace; Linux's
/// `Documentation/networking/ip-sysctl.rst`. The closed list of what is ever written there.
public enum InterfaceSetting {
    /// Forward packets that arrive on this interface.
    FORWARDING("ipv4", "forwarding"),
    /// 1: a packet whose source is not reached through this interface is dropped (RFC 3704).
    RP_FILTER("ipv4", "rp_filter"),
    /// 1: an IPv4 packet for one host is dropped if its frame is for a group.
    DROP_UNICAST_IN_L2_MULTICAST("ipv4", "drop_unicast_in_l2_multicast"),
    ACCEPT_REDIRECTS("ipv4", "accept_redirects"),
    SEND_REDIRECTS("ipv4", "send_redirects"),
    ACCEPT_SOURCE_ROUTE("ipv4", "accept_source_route"),
    /// 1: answer ARP only for addresses of the interface it came in by.
    ARP_IGNORE("ipv4", "arp_ignore"),
    PROXY_ARP("ipv4", "proxy_arp"),
    ROUTE_LOCALNET("ipv4", "route_localnet"),
    DISABLE_IPV6("ipv6", "disable_ipv6");

    private static final int VALUE_SIZE = 64;

    private final String family;
    private final String file;

    InterfaceSetting(String family, String file) {
        this.family = family;
        this.file = file;
    }

    /// Sets it and reads it back.
    ///
    /// @throws ErrnoException ENOENT if there is no such interface, or no IPv6 in the kernel
    public void set(InterfaceName name, int value) throws ErrnoException {
        try (var directory = directory()) {
            var path = name + "/" + file;
            write(directory, path, value);
            if (read(directory, path) != value) {
                throw new ErrnoException("write", Errno.EINVAL, path + " did not take " + value);
            }
        }
    }

    private static void write(Directory directory, String path, int value) throws ErrnoException {
        try (var file = directory.openBeneath(path, OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            var text = Integer.toString(value).getBytes(US_ASCII);
            if (file.write(arena.allocateFrom(JAVA_BYTE, text)) != text.length) {
                throw new ErrnoException("write", Errno.EMSGSIZE, "not taken in one piece");
            }
        }
    }

    /// Returns the present value.
    public int get(InterfaceName name) throws ErrnoException {
        try (var directory = directory()) {
            return read(directory, name + "/" + file);
        }
    }

    @MustBeClosed
    private Directory directory() throws ErrnoException {
        return Directory.open(Path.of("/proc/sys/net", family, "conf"));
    }

    private static int read(Directory directory, String path) throws ErrnoException {
        var text = new String(directory.read(path, VALUE_SIZE), US_ASCII).strip();
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException _) {
            throw new ErrnoException("read", Errno.EBADMSG, path);
        }
    }
}
