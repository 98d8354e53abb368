package dev.mvm.linux.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.errno.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The C compiler is asked whether our tables of numbers are the kernel's.
final class AbiTest {
    @TempDir
    private Path folder;

    @Test
    void systemCallNumbers_areTheHeaders() throws Exception {
        var claims = new ArrayList<String>();
        for (var call : SystemCall.values()) {
            claims.add("__NR_" + call.spelled() + " == " + call.number);
        }
        assertThat(claims).hasSizeGreaterThan(30);
        assertCompiles("#include <sys/syscall.h>", claims);
    }

    @Test
    void errorNames_areTheHeaders() throws Exception {
        var claims = new ArrayList<String>();
        for (int errno = 1; errno < 134; errno++) {
            var name = Errno.name(errno);
            if (!name.startsWith("errno ")) {
                claims.add(name + " == " + errno);
            }
        }
        for (var constant : Errno.class.getFields()) {
            assertThat(Errno.name(constant.getInt(null))).isEqualTo(constant.getName());
        }
        assertThat(claims).hasSize(131); // 133 numbers, two of them unused
        assertCompiles("#include <errno.h>", claims);
    }

    @Test
    void aFalseClaim_doesNotCompile() throws Exception {
        assertThat(compile("#include <errno.h>", List.of("EPERM == 2"))).isNotEmpty();
    }

    private void assertCompiles(String header, List<String> claims) throws IOException, InterruptedException {
        assertThat(compile(header, claims)).isEmpty();
    }

    private String compile(String header, List<String> claims) throws IOException, InterruptedException {
        var compiler = Path.of("/usr/bin/gcc");
        assumeTrue(Files.isExecutable(compiler), "needs gcc");
        var source = new StringBuilder(header).append('\n');
        for (var claim : claims) {
            source.append("_Static_assert(")
                    .append(claim)
                    .append(", \"")
                    .append(claim)
                    .append("\");\n");
        }
        var file = Files.writeString(folder.resolve("claims.c"), source);
        var process = new ProcessBuilder(compiler.toString(), "-fsyntax-only", file.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? "" : said + "failed";
    }
}
