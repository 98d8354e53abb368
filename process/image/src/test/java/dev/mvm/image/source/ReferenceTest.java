package dev.mvm.image.source;

import static dev.mvm.image.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReferenceTest {
    private static final String HEX = "0123456789abcdef".repeat(4);

    @Test
    void anImageOfARegistry_isReadWithItsDigest() throws Exception {
        assertThat(Reference.parse("docker.io/library/nginx@sha256:" + HEX))
                .isEqualTo(new Reference.Registry(
                        "docker.io/library/nginx", Optional.empty(), Optional.of(new Digest(HEX))));
        assertThat(Reference.parse("docker://quay.io/a/b-c.d:v1").text()).isEqualTo("quay.io/a/b-c.d:v1");
        assertThat(Reference.parse("127.0.0.1:5000/x:1").text()).isEqualTo("127.0.0.1:5000/x:1");
        assertThat(Reference.parse("localhost/x:1").text()).isEqualTo("localhost/x:1");
    }

    @Test
    void tagAndDigest_areTheDigest() throws Exception {
        assertThat(Reference.parse("docker.io/library/nginx:1@sha256:" + HEX).text())
                .isEqualTo("docker.io/library/nginx@sha256:" + HEX);
    }

    @Test
    void localSources_haveAbsolutePaths() throws Exception {
        assertThat(Reference.parse("tree:a/../b").text())
                .isEqualTo("tree:" + Path.of("b").toAbsolutePath());
        assertThat(Reference.parse("docker-archive:-f.tar").text())
                .isEqualTo("docker-archive:" + Path.of("-f.tar").toAbsolutePath());
        assertThat(Reference.parse("oci:/x:web:1"))
                .isEqualTo(new Reference.Layout(Path.of("/x"), Optional.of("web:1")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nginx",
                "nginx:1",
                "docker.io/nginx",
                "docker.io/Library/x:1",
                "docker.io/../x:1",
                "docker.io//x:1",
                "docker.io/x:",
                "docker.io/x:-a",
                "docker.io/x@sha256:00",
                "docker.io/x@md5:00",
                "user:secret@docker.io/x:1",
                "-h.io/ x:1",
                "oci:",
                "oci:/x:",
                "tree:",
                "docker-archive:",
                "docker-archive:/a:b",
                "dir:/x",
                "docker.io/x:1\nb"
            })
    void anythingElse_isRefused(String text) {
        assertRefused("reference_invalid", () -> Reference.parse(text));
    }
}
