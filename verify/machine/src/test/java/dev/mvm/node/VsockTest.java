package dev.mvm.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.TransportKind;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The channel that production has: no serial port, so that the agent dials the host by vsock. The host here is a
/// machine itself, with KVM and vsock of its own, that runs on any machine; its agent is how the test reaches the
/// inner one.
@Timeout(value = 900, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class VsockTest {
    private static final InstanceId INNER = InstanceId.of(0x600d0002);

    @TempDir
    private Path folder;

    @Test
    void agentWithoutSerialPort_dialsTheHost_andDialsAgain() throws Exception {
        var image = folder.resolve("nested");
        var build = Build.nested(Inputs.image(), image);
        assertThat(build.status()).as(build.err()).isZero();

        try (var machine = Machine.boot(image, folder, 1024);
                var outer = machine.open(new Heard())) {
            var vmm = start(outer);
            byte[] boot;
            try (var channel = listen(outer)) {
                assertThat(channel.ping(Machine.LIMIT)).isTrue();
                assertThat(Program.run(channel, "hostname").out()).isEqualTo(INNER + "\n");
                assertInputComesBack(channel);
                boot = channel.agent().boot().array();
                assertThat(boot).isNotEqualTo(outer.agent().boot().array());
            }
            try (var channel = listen(outer)) {
                assertThat(channel.agent().boot().array()).isEqualTo(boot);
                channel.powerOff();
                assertThat(vmm.end()).as(vmm.out() + vmm.err()).isEqualTo(new ProgramEnd.Exited(0));
            }
        }
    }

    /// Boots the demo image within the machine of `outer`.
    private static Program start(GuestChannel outer) throws Exception {
        var command = "qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -machine q35 -accel kvm"
                + " -bios /usr/share/qemu/qboot.rom -cpu host -smp 1 -m 128M -serial stdio"
                + " -kernel /nested/vmlinux -initrd /nested/rootfs.cpio -device vhost-vsock-pci,guest-cid=42"
                + " -append 'console=ttyS0 panic=-1 quiet mitigations=off no_timer_check cryptomgr.notests mvm.id="
                + INNER + "'";
        return Program.withInput(outer, "sh", "-c", command);
    }

    /// The host's port, for one connection.
    private static GuestChannel listen(GuestChannel outer) throws Exception {
        var transport = ProgramTransport.through(outer, "socat", "-", "VSOCK-LISTEN:1024");
        return GuestChannel.open(INNER, transport, TransportKind.CONNECTION, new Heard(), Machine.LIMIT);
    }

    private static void assertInputComesBack(GuestChannel channel) throws Exception {
        var data = new byte[500_000];
        new Random(1).nextBytes(data);
        var program = Program.withInput(channel, "cat");
        program.stream().stdin(Bytes.of(data));
        program.stream().closeStdin();
        assertThat(program.end()).isEqualTo(new ProgramEnd.Exited(0));
        assertThat(program.outBytes()).isEqualTo(data);
    }
}
