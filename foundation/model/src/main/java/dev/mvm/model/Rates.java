package dev.mvm.model;

/// The most that one instance may transfer in a second, averaged over a second. 0 stands for no limit. Each direction
/// of the network is counted by itself; reads and writes of the volume are counted together.
///
/// @param diskMib MiB read from and written to the data volume, 0 to 1,000,000
/// @param diskRequests reads and writes of the data volume, 0 to 1,000,000
/// @param netMib MiB received, and MiB sent, 0 to 1,000,000
/// @param netPackets packets received, and packets sent, 0 to 1,000,000
public record Rates(int diskMib, int diskRequests, int netMib, int netPackets) {
    /// No limit at all, as in documents that know none.
    public static final Rates UNLIMITED = new Rates(0, 0, 0, 0);

    /// The strictest limits.
    public static final Rates LEAST = new Rates(1, 1, 1, 1);

    private static final int MOST = 1_000_000;

    public Rates {
        check("disk_mib", diskMib);
        check("disk_requests", diskRequests);
        check("net_mib", netMib);
        check("net_packets", netPackets);
    }

    /// Returns whether every rate of `this` is at most that of `other`.
    public boolean within(Rates other) {
        return within(diskMib, other.diskMib)
                && within(diskRequests, other.diskRequests)
                && within(netMib, other.netMib)
                && within(netPackets, other.netPackets);
    }

    private static boolean within(int rate, int limit) {
        return limit == 0 || (rate != 0 && rate <= limit);
    }

    private static void check(String name, int value) {
        if (value < 0 || value > MOST) {
            throw new IllegalArgumentException("rate " + name + " is " + value + " (want 0 to " + MOST + ")");
        }
    }
}
