package dev.mvm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.call.Library;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The promises of the module declaration, tested in a JVM that runs on the module path with native access for this
/// module alone: as the root daemon is started.
final class ModuleTest {
    private static final String MAIN = """
            package probe;
            import dev.mvm.linux.process.Pidfd;
            import java.lang.foreign.*;
            public class Main {
                public static void main(String[] args) throws Throwable {
                    try (var self = Pidfd.open((int) ProcessHandle.current().pid())) {
                        System.out.println("alive: " + self.isAlive());
                    }
                    try {
                        Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid());
                        System.out.println("linked");
                    } catch (IllegalCallerException e) {
                        System.out.println("refused");
                    }
                }
            }
            """;

    @TempDir
    private Path folder;

    @Test
    void rootDaemon_usesItAndCallsNothingNativeItself() throws Exception {
        assertThat(compile("dev.mvm.hostd", MAIN)).isEmpty();
        assertThat(run("dev.mvm.hostd", "probe.Main")).isEqualTo(new ChildJvm.Result(0, "alive: true\nrefused\n"));
    }

    @Test
    void qemuModule_usesItToo() throws Exception {
        assertThat(compile("dev.mvm.hostd.qemu", MAIN)).isEmpty();
        assertThat(run("dev.mvm.hostd.qemu", "probe.Main").output()).isEqualTo("alive: true\nrefused\n");
    }

    @Test
    void anyOtherModule_cannotEvenCompileAgainstIt() throws Exception {
        assertThat(compile("dev.mvm.agentd", MAIN))
                .contains("package dev.mvm.linux.process is not visible")
                .contains("declared in module dev.mvm.linux, which does not export it to module dev.mvm.agentd");
    }

    @Test
    void rawSystemCalls_areNotExportedToAnyone() throws Exception {
        var main = MAIN.replace("import dev.mvm.linux.process.Pidfd;", "import dev.mvm.linux.call.SystemCall;");
        assertThat(compile("dev.mvm.hostd", main)).contains("package dev.mvm.linux.call is not visible");
    }

    private ChildJvm.Result run(String module, String main) throws Exception {
        return ChildJvm.run(List.of(
                "--illegal-native-access=deny",
                "--enable-native-access=dev.mvm.linux",
                "--module-path",
                folder.resolve("out") + ":" + ChildJvm.location(Library.class),
                "--module",
                module + "/" + main));
    }

    /// Returns the compiler's complaints.
    private String compile(String module, String main) throws IOException {
        var source = Files.createDirectories(folder.resolve("src/probe")).resolve("Main.java");
        Files.writeString(source, main);
        var declaration = folder.resolve("src/module-info.java");
        Files.writeString(declaration, "module " + module + " { requires dev.mvm.linux; }");
        var said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        var path = ChildJvm.location(Library.class) + ":" + ChildJvm.location(NullMarked.class) + ":"
                + ChildJvm.location(com.google.errorprone.annotations.MustBeClosed.class);
        var options = List.of("-d", folder.resolve("out").toString(), "--class-path", "", "--module-path", path);
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var units = files.getJavaFileObjects(source, declaration);
            var _ = compiler.getTask(said, files, null, options, null, units).call();
        }
        return said.toString();
    }
}
