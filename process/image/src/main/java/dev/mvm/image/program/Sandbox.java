package dev.mvm.image.program;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Runs programs that read what an image's maker wrote, by bubblewrap: namespaces of their own without a network, an
/// empty environment, and a file system of `/usr`, of the scratch directory, and of what is named. Nothing of the
/// operator's home is in it. They have no capability and make no namespaces, also where root imports: what is mounted
/// read-only stays so. When a run is over, all its processes have ended: a further namespace of processes is around the
/// sandbox, and the kernel ends all that is in it before it reports its first process's end. So files in the scratch
/// directory change no more, unless a further program runs.
///
/// Does not guarantee: a bound on what one program fills the disk with, beyond the size of a file.
///
/// @param scratch directory that is [#WORK] inside, the only one that can be written
public record Sandbox(Programs programs, Path scratch) {
    /// Limits of one program, by setrlimit(2).
    ///
    /// @param memory address space in bytes
    /// @param fileBytes largest file in bytes
    public record Bounds(long memory, long fileBytes, Duration deadline) {}

    /// The scratch directory, as programs inside see it: a name that no directory of the machine's has, for it would
    /// be hidden.
    public static final String WORK = "/mvm-image-import";

    /// Bytes of `/tmp`, which is memory.
    private static final String MOST_OF_TMP = "67108864";

    /// Bytes of a stack: fsck.erofs calls itself for each folder on a path.
    private static final long STACK = 64 << 20;

    /// A complaint of the programs that make the sandbox.
    private static final Pattern BROKEN = Pattern.compile("(bwrap|unshare): ");

    private static final Map<String, String> LINKS =
            Map.of("/lib", "usr/lib", "/lib64", "usr/lib64", "/bin", "usr/bin", "/sbin", "usr/sbin");

    /// Runs a program.
    ///
    /// @param readable further files and directories that it may read, at their own paths
    /// @param command absolute path of the program, and its arguments
    public Run run(Bounds bounds, Set<Path> readable, List<String> command) throws ImageException, IOException {
        var all = new ArrayList<String>();
        all.addAll(List.of(programs.path("setpriv"), "--pdeathsig", "KILL", "--"));
        all.addAll(List.of(programs.path("unshare"), "--user", "--map-current-user", "--pid", "--fork"));
        // bubblewrap finds its processes in /proc by their numbers in this namespace
        all.addAll(List.of("--mount-proc"));
        all.addAll(List.of("--kill-child", "--", programs.path("prlimit"), "--core=0", "--nofile=4096"));
        all.addAll(List.of("--as=" + bounds.memory(), "--fsize=" + bounds.fileBytes(), "--stack=" + STACK + ":"));
        all.addAll(List.of("--cpu=" + bounds.deadline().toSeconds(), "--"));
        all.addAll(List.of(programs.path("bwrap"), "--unshare-all", "--die-with-parent", "--new-session"));
        all.addAll(List.of("--unshare-user", "--disable-userns", "--cap-drop", "ALL"));
        all.addAll(List.of("--clearenv", "--setenv", "PATH", "/usr/bin:/usr/sbin", "--setenv", "LANG", "C.UTF-8"));
        all.addAll(List.of("--ro-bind", "/usr", "/usr"));
        LINKS.forEach((path, target) -> all.addAll(List.of("--symlink", target, path)));
        all.addAll(List.of("--dev", "/dev", "--proc", "/proc"));
        all.addAll(List.of("--size", MOST_OF_TMP, "--tmpfs", "/tmp"));
        readable.forEach(path -> all.addAll(List.of("--ro-bind", path.toString(), path.toString())));
        all.addAll(List.of("--bind", scratch.toString(), WORK));
        all.addAll(List.of("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK, "--")); // once paths are made
        all.addAll(command);
        var run = Run.of(all, Map.of("PATH", "/usr/bin"), scratch, bounds.deadline());
        if (run.status() != 0 && BROKEN.matcher(run.complaint()).lookingAt()) {
            throw new ImageException(
                    "sandbox_failed", "no sandbox can be made on this machine: " + run.shortComplaint());
        }
        return run;
    }
}
