package dev.mvm.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.image.source.Reference;
import dev.mvm.model.PoolId;
import dev.mvm.property.Property;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RunNameTest {
    @ParameterizedTest
    @CsvSource({
        "docker.io/library/nginx:1.27, nginx",
        "registry.example:5000/team/My.App:x, ''",
        "registry.example/team/my_app:x, my-app",
        "docker-archive:/tmp/Web_1.tar, web-1",
        "docker-archive:/tmp/web.tar.gz, web",
        "docker-archive:/tmp/web, web",
        "oci:/tmp/layout, layout",
        "oci:/tmp/layout:library/Busybox:1.36, busybox",
        "tree:/tmp/Root FS, ''",
        "tree:/tmp/_app_, app",
        "tree:/, image",
        "tree:/tmp/\u4e2d\u6587, image"
    })
    void nameIsWhatTheSourceCallsIt(String source, String expected) throws Exception {
        if (expected.isEmpty()) {
            assertThatThrownBy(() -> Reference.parse(source)).hasMessageContaining("reference");
        } else {
            assertThat(RunName.of(Reference.parse(source))).isEqualTo(expected);
        }
    }

    @Test
    void everyName_isOneOfAPool() {
        Property.holds(1_000, draw -> {
            var reference = new Reference.Tree(Path.of("/" + draw.text(0, 80, "ab9-_.A/\u00e9\u4e2d")));
            assertThat(new PoolId("run-" + RunName.of(reference) + "-100")).isNotNull();
        });
    }
}
