package dev.mvm.guestd;

import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.VmmPath;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a fresh VMM is told before it boots. Size, tap and command line are hostd's; the rest is where the
/// launcher puts things in every jail.
record VmmConfiguration(
        Command.MachineConfig machine, Command.BootSource boot, Command.NetworkInterface network, boolean volume) {
    private static final VmmPath KERNEL = new VmmPath("/kernel");
    private static final VmmPath ROOTFS = new VmmPath("/rootfs");
    private static final VmmPath VSOCK = new VmmPath("/io/v.sock");
    private static final int GUEST_CID = 3;
    private static final DeviceId INTERFACE = new DeviceId("eth0");
    private static final Command VOLUME = new Command.Drive(new DeviceId("data"), new VmmPath("/drive"));

    private static final String NUMBER = "([1-9][0-9]{0,8})";
    private static final Pattern FORM =
            Pattern.compile(NUMBER + " " + NUMBER + " ([^ \\n]+) ([^ \\n]+) (volume|none)\\n([^\\n]*)");

    /// Reads what follows the first line of a packet.
    ///
    /// @throws IllegalArgumentException if it is none of the protocol's
    static VmmConfiguration parse(String text) {
        var form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("hostd sent no configuration of a VMM");
        }
        return new VmmConfiguration(
                new Command.MachineConfig(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2))),
                new Command.BootSource(KERNEL, ROOTFS, form.group(6)),
                new Command.NetworkInterface(INTERFACE, form.group(3), form.group(4)),
                form.group(5).equals("volume"));
    }

    /// In the order in which they are sent.
    List<Command> commands() {
        var commands = new ArrayList<Command>(
                List.of(machine, boot, network, new Command.Vsock(GUEST_CID, VSOCK), new Command.Entropy()));
        if (volume) {
            commands.add(VOLUME);
        }
        return commands;
    }
}
