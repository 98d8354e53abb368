package dev.mvm.documents.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.documents.repository.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DocumentCheckTest {
    @TempDir
    private Path root;

    @BeforeEach
    void repository() throws IOException {
        write("dev", "#   ./dev up      start\n");
        write("native/launch/Makefile", "all: x\ntest: all\n");
        write("process/hostd/Main.java", "\"--config\"");
        write("target/built/Thing.java", "");
    }

    private void write(String path, String text) throws IOException {
        Files.createDirectories(root.resolve(path).getParent());
        Files.writeString(root.resolve(path), text);
    }

    private List<String> complaints(String document) throws IOException {
        write("docs/page.md", document);
        var repository = new Repository(root);
        return new DocumentCheck(repository, new Commands(repository)).complaints();
    }

    @Test
    void whatIsThere_isFine() throws IOException {
        assertThat(complaints("""
                `process/hostd`, `process/hostd/Main.java:12`, `native/*/Makefile`, `./dev up`, `--config`
                [link](../dev) [web](https://example.org/x) `mvm pool scale demo/web --running 2`
                `mvm instance exec -t demo/web/i-00000001 -- anything --at-all` `/etc/passwd` `a/b`
                ```
                ./dev up
                mvm node list --json
                make -C native/launch test
                ```
                    ./mvm instance list        # indented, with a comment --that-is-none
                """)).isEmpty();
    }

    @Test
    void whatIsNotThere_isNamedWithItsLine() throws IOException {
        assertThat(complaints("""
                `process/nothing`
                [gone](nowhere.md)
                `./dev fly`
                `--never-heard-of`
                `mvm pool fly`
                `mvm pool scale a/b --walking 2`
                `make -C native/launch fly`
                ```
                ./mvm frob
                ```
                    ./dev frob
                """))
                .containsExactly(
                        "docs/page.md:1: there is no process/nothing",
                        "docs/page.md:2: a link to nothing: nowhere.md",
                        "docs/page.md:3: ./dev has no verb fly",
                        "docs/page.md:4: nothing has a flag --never-heard-of",
                        "docs/page.md:5: mvm pool has no fly",
                        "docs/page.md:6: mvm pool scale has no flag --walking",
                        "docs/page.md:7: native/launch/Makefile has no target fly",
                        "docs/page.md:9: mvm has no frob",
                        "docs/page.md:11: ./dev has no verb frob");
    }

    @Test
    void linkToAHeading_leadsToAHeading() throws IOException {
        write("docs/other.md", "# Other\n## What `it` does, and why\n");
        assertThat(complaints("[a](other.md#what-it-does-and-why)\n[b](other.md#what-it-is)\n"))
                .containsExactly("docs/page.md:2: a link to a heading that is not there: other.md#what-it-is");
    }
}
