import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Code execution in hostd, given away: a Java agent that is loaded into the real daemon, waits until it has confined
/// itself, and tries from a thread of it what an attacker would. One line of TAP on standard error for each attempt.
///
/// `-javaagent:hostd-probe.jar=VM-PID,SECRET-FILE,PLAIN-PID`; SECRET-FILE belongs to another user and has mode 0600, PLAIN-PID is a process of
/// root's without a capability.
public final class HostdProbe extends Attempts {
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_NOCTTY = 0x100;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_NOFOLLOW = 0x20000;
    private HostdProbe() {}

    public static void premain(String arguments, Instrumentation instrumentation) {
        var parts = arguments.split(",", -1);
        int vm = Integer.parseInt(parts[0]);
        int plain = Integer.parseInt(parts[2]);
        Thread.ofPlatform().name("probe").daemon().start(() -> new HostdProbe().attack(vm, parts[1], plain));
    }

    private static boolean confined() {
        try {
            return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                    .filter(line -> line.startsWith("Seccomp_filters:"))
                    .anyMatch(line -> Integer.parseInt(line.substring(16).strip()) > firstFilters);
        } catch (IOException e) {
            return false;
        }
    }

    private static int firstFilters = filters();

    private static int filters() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("Seccomp_filters:"))
                    .mapToInt(line -> Integer.parseInt(line.substring(16).strip()))
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private void attack(int vm, String secret, int plain) {
        while (!confined()) {
            Thread.onSpinWait();
        }
        programs();
        mounts();
        sockets();
        HostdNetwork.alone(this);
        files(secret);
        processes(vm, plain);
        kernel();
        elsewhere();
        ends();
        world();
        HostdNetwork.byNetd(this); // by now hostd has its own
        System.err.println("1.." + count() + " # hostd probe done");
    }

    private void programs() {
        refused("execute a program", call(59, "/bin/true", 0, 0), EPERM, EACCES);
        refused("execute by descriptor", call(322, -100, "/bin/true", 0, 0, 0), EPERM);
        refused("fork", call(57), EPERM);
        refused("vfork", call(58), EPERM);
        refused("clone a process", call(56, 17, 0, 0, 0, 0), EPERM);
        try {
            new ProcessBuilder("/bin/true").start();
            say(false, "a program through the JDK", "it was done");
        } catch (IOException e) {
            say(true, "a program through the JDK", "refused");
        }
    }

    private void mounts() {
        refused("uncover the service manager's socket", call(166, "/run/systemd/private", 2), EPERM);
        refused("uncover the message bus", call(166, "/run/dbus", 2), EPERM);
        refused("mount", call(165, "none", "/tmp", "tmpfs", 0, 0), EPERM);
        refused("attach a mount", call(429, -1, "", -100, "/tmp", 4), EPERM);
        refused("take a mount", call(428, -100, "/", 1), EPERM);
        refused("lift read-only", call(442, -100, "/", 0, 0, 0), EPERM);
        for (var kind : List.of("proc", "sysfs", "cgroup2", "devtmpfs", "tmpfs", "ext4")) {
            refused("a file system of its own, " + kind, call(430, kind, 1), EPERM);
        }
        refused("another root", call(155, "/", "/"), EPERM);
        refused("change the root directory", call(161, "/"), EPERM);
        refused("a mount namespace", call(272, 0x20000), EPERM);
        refused("a user namespace", call(272, 0x10000000), EPERM);
        refused("a network namespace", call(272, 0x40000000), EPERM);
        refused("enter a namespace", call(308, -1, 0x40000000), EPERM);
    }

    private void sockets() {
        refused("a TCP socket", call(41, 2, 1, 0), EPERM, EAFNOSUPPORT);
        refused("an IPv6 socket", call(41, 10, 1, 0), EPERM, EAFNOSUPPORT);
        refused("a packet socket", call(41, 17, 3, 0), EPERM, EAFNOSUPPORT);
        for (var path : List.of(
                "/run/systemd/private",
                "/run/dbus/system_bus_socket",
                "/run/systemd/io.systemd.Credentials",
                "/run/systemd/io.systemd.sysext",
                "/run/systemd/io.systemd.BootControl")) {
            reach(path, 1);
        }
        reach("/run/udev/control", 5);
        // the suite listens there, as root, in the network of the node: nobody that is reached from here has the name
        var name = "mvm-test-abstract";
        var address = arena.allocate(110);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
        address.setString(3, name);
        refused("reach an abstract socket of root's", call(42, call(41, 1, 1, 0), address, 3 + name.length()), EPERM, ECONNREFUSED);
        // that of mvm-hostd-start listens in this network, outside of the domain
        var beside = String.valueOf(System.getenv("MVM_ABSTRACT_SOCKET")).substring(1);
        var there = arena.allocate(110);
        there.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
        there.setString(3, beside);
        refused("reach one in its own network", call(42, call(41, 1, 1, 0), there, 3 + beside.length()), EPERM);
    }

    /// @param type SOCK_STREAM or SOCK_SEQPACKET
    private void reach(String path, int type) {
        long fd = call(41, 1, type, 0);
        refused("reach " + path, call(42, fd, address(path), 110), EACCES, ENOENT, EPERM, ECONNREFUSED, ENXIO);
    }

    /// A cgroup of another unit has another list of devices.
    private void elsewhere() {
        for (var slice : List.of("/sys/fs/cgroup/mvm.slice", "/run/mvm-slice")) { // the one that all see, and the one that the agent has
            refused("make a cgroup in " + slice, call(83, slice + "/elsewhere", 0755), EROFS, EACCES, ENOENT);
            refused("leave its cgroup for " + slice, call(257, -100, slice + "/cgroup.procs", O_WRONLY), EROFS, EACCES, ENOENT);
            refused("kill by " + slice, call(257, -100, slice + "/cgroup.kill", O_WRONLY), EROFS, EACCES, ENOENT);
        }
        refused("read how much memory microVMs use", call(257, -100, "/run/mvm-slice/memory.pressure", O_RDONLY), EACCES, ENOENT);
    }

    /// Names processes to the launcher that are no microVMs'.
    private void ends() {
        for (int pid : new int[] {1, (int) ProcessHandle.current().pid()}) {
            var answer = end(pid);
            say(answer.equals("error descriptor 1"), "have the launcher kill process " + (pid == 1 ? "1" : "hostd"), answer);
        }
    }

    private String end(int pid) {
        long connection = call(41, 1, 5, 0);
        if (call(42, connection, address("/run/mvm-root/launch.sock"), 110) < 0) {
            return "no launcher: errno " + errno();
        }
        var bytes = arena.allocate(64);
        bytes.setString(0, "mvm-launch 4\nend\n");
        var control = arena.allocate(24, 8); // struct cmsghdr: length, SOL_SOCKET, SCM_RIGHTS; one descriptor
        control.set(ValueLayout.JAVA_LONG, 0, 20);
        control.set(ValueLayout.JAVA_INT, 8, 1);
        control.set(ValueLayout.JAVA_INT, 12, 1);
        control.set(ValueLayout.JAVA_INT, 16, (int) call(434, pid, 0));
        var message = message(bytes, 17);
        message.set(ValueLayout.ADDRESS, 32, control);
        message.set(ValueLayout.JAVA_LONG, 40, 24);
        if (call(46, connection, message, 0) < 0) {
            return "not asked: errno " + errno();
        }
        var answer = arena.allocate(64);
        long length = call(47, connection, message(answer, 63), 0);
        return length <= 0 ? "no answer: errno " + errno() : answer.getString(0);
    }

    /// One line for each mount of the world that hostd sees.
    private void world() {
        try {
            HostdWorld.rows(this::works).forEach(row -> System.err.println("# world: " + row));
        } catch (IOException e) {
            say(false, "look at its world", e.toString());
        }
    }

    private boolean works(HostdWorld.Right right, String path) {
        return switch (right) {
            case READ -> opens(path, O_RDONLY);
            case WRITE -> opens(path, O_WRONLY);
            case CONNECT -> connects(path, SOCK_STREAM) || connects(path, SOCK_DGRAM) || connects(path, SOCK_SEQPACKET);
        };
    }

    private boolean opens(String path, int mode) {
        long fd = call(257, -100, path, mode | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
        return fd >= 0 && call(3, fd) == 0;
    }

    private boolean connects(String path, int type) {
        if (path.length() > 107) { // unix(7)
            return false;
        }
        long fd = call(41, 1, type | O_NONBLOCK, 0);
        boolean connected = call(42, fd, address(path), 110) == 0;
        return call(3, fd) == 0 && connected;
    }

    private void files(String secret) {
        refused("make a device", call(133, "/var/lib/mvm-hostd/disk", 0x6000 | 0600, 0xfd00), EPERM);
        refused("give a file away", call(92, "/var/lib/mvm-hostd/registry", 1000, 1000), EPERM);
        refused("read another user's file", call(257, -100, secret, 0), EACCES);
        refused("open a file by its number", call(304, -100, 0, 0), EPERM);
        refused("change a program", call(257, -100, "/usr/lib/mvm/mvm-hostd-start", 1), EROFS);
        refused("name a program for files of a form", call(257, -100, "/proc/sys/fs/binfmt_misc/register", 1), EACCES, ENOENT);
        refused("change its own configuration", call(257, -100, "/etc/mvm/hostd.conf", 1), EROFS);
        refused("open the host's disk", call(257, -100, "/dev/vda", 0), EPERM, ENOENT, EACCES);
        refused("open device-mapper", call(257, -100, "/dev/mapper/control", 2), EPERM, ENOENT, EACCES);
        refused("open a loop device", call(257, -100, "/dev/loop-control", 2), EPERM, ENOENT, EACCES);
        refused("open memory", call(257, -100, "/dev/mem", 0), EPERM, ENOENT, EACCES);
    }

    /// @param plain has the user of this process and no capability that this one lacks: nothing but the domain keeps them apart
    private void processes(int vm, int plain) {
        refused("signal a VM", call(62, vm, 18), EPERM);
        refused("signal the first process", call(62, 1, 18), EPERM);
        refused("trace a VM", call(101, 0x4206, vm, 0, 0), EPERM);
        refused("read a VM's memory", call(310, vm, 0, 0, 0, 0, 0), EPERM);
        refused("read the memory of a process of root's", call(257, -100, "/proc/" + plain + "/mem", O_RDONLY), EACCES, EPERM);
        refused("write it", call(257, -100, "/proc/" + plain + "/mem", O_WRONLY), EACCES, EPERM);
        refused("read what it was started with", call(257, -100, "/proc/" + plain + "/environ", O_RDONLY), EACCES, EPERM);
        refused("become another user", call(105, 1000), EPERM);
        var self = ints(0x20080522, 0); // _LINUX_CAPABILITY_VERSION_3
        refused("more capabilities", call(126, self, ints(-1, -1, 0, -1, -1, 0)), EPERM);
    }

    private void kernel() {
        refused("load a module", call(175, 0, 0, ""), EPERM);
        refused("load a module file", call(313, 0, "", 0), EPERM);
        refused("bpf", call(321, 0, ints(2, 4, 4, 1), 16), EPERM); // BPF_MAP_CREATE of BPF_MAP_TYPE_ARRAY
        // PERF_TYPE_SOFTWARE, PERF_ATTR_SIZE_VER0, PERF_COUNT_SW_CPU_CLOCK
        refused("perf", call(298, ints(1, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, -1, -1, 0), EPERM, EACCES);
        refused("another kernel", call(246, 0, 0, 0, 0), EPERM);
        refused("reboot", call(169, 0xfee1dead, 672274793, 0x1234567, 0), EPERM);
        refused("swap", call(167, "/dev/null", 0), EPERM);
        refused("set the clock", call(164, 0, 0), EPERM);
        // where nothing refuses them, those that make something succeed, and those without a ring fail with EBADF
        refused("io_uring", call(425, 1, arena.allocate(120, 8)), EPERM, ENOSYS); // struct io_uring_params
        refused("io_uring's requests", call(426, -1, 0, 0, 0, 0, 0), EPERM, ENOSYS);
        refused("io_uring's buffers", call(427, -1, 0, 0, 0), EPERM, ENOSYS);
        refused("asynchronous requests", call(206, 1, arena.allocate(8, 8)), EPERM, ENOSYS);
        refused("keys", call(248, "user", "mvm", "x", 1, -4), EPERM);
        // without a filter EBADF: what these do where they are not refused, this machine would not survive
        refused("type into a terminal", call(16, -1, 0x5412, "x"), EPERM);
        refused("freeze a file system", call(16, -1, 0xc0045877L, 0), EPERM);
        refused("remove all devices of device-mapper", call(16, -1, 0xc138fd01L, arena.allocate(312, 8)), EPERM);
        refused("set flags of a file", call(16, -1, 0x40086602L, arena.allocate(8, 8)), EPERM);
        refused("a host name", call(170, "taken", 5), EPERM);
    }
}
