package dev.mvm.protocol.netd;

import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;

/// A request of hostd.
public sealed interface NetdRequest {
    /// Returns the text that goes to netd.
    String text();

    /// Make the bridge and the address of a network, and put the rules of all in force.
    ///
    /// @param net one of `all`
    record Up(NetId net, NodeNetworks all) implements NetdRequest {
        @Override
        public String text() {
            return "up " + net + "\n" + all.lines();
        }
    }

    /// Take down networks and taps that differ from `all` or are not in it.
    record State(NodeNetworks all) implements NetdRequest {
        @Override
        public String text() {
            return "state\n" + all.lines();
        }
    }

    /// Make a VM's tap in the VM's network namespace. `/dev/net/tun`, opened there, goes with the packet.
    ///
    /// @param uid user and group that may attach to the tap
    record Prepare(Slot slot, int uid) implements NetdRequest {
        @Override
        public String text() {
            return "prepare " + slot + " " + uid;
        }
    }

    /// Take the tap out of that namespace and connect it. An rtnetlink socket of the namespace goes with the packet.
    ///
    /// @param subnet that of the slot's network
    record Fetch(Slot slot, int uid, Subnet subnet, NodeNetworks all) implements NetdRequest {
        @Override
        public String text() {
            return "fetch " + slot + " " + uid + " " + subnet + "\n" + all.lines();
        }
    }

    /// Connect the tap of a VM that runs already. The reply is [NetdReply.Absent] without a tap.
    ///
    /// @param subnet that of the slot's network
    record Adopt(Slot slot, int uid, Subnet subnet, NodeNetworks all) implements NetdRequest {
        @Override
        public String text() {
            return "adopt " + slot + " " + uid + " " + subnet + "\n" + all.lines();
        }
    }

    /// Remove a VM's tap, if there is one.
    record Disconnect(Slot slot, NodeNetworks all) implements NetdRequest {
        @Override
        public String text() {
            return "disconnect " + slot + "\n" + all.lines();
        }
    }

    /// Compare what is on the node with what must be. The reply is [NetdReply.Found].
    ///
    /// @param deep whether to show with frames what gets by, too
    record Verify(boolean deep) implements NetdRequest {
        @Override
        public String text() {
            return "verify " + (deep ? "deep" : "shallow");
        }
    }

    /// Count. The reply is [NetdReply.Counted].
    ///
    /// @param asked whether requests for addresses are wanted, too
    record Count(boolean asked) implements NetdRequest {
        @Override
        public String text() {
            return "count " + (asked ? "all" : "traffic");
        }
    }
}
