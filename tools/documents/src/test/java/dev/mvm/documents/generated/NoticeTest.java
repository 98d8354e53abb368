package dev.mvm.documents.generated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.documents.repository.Checkout;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NoticeTest {
    private static final String POM = """
            <project>%s<artifactId>x</artifactId><licenses>%s</licenses></project>
            """;
    private static final String PARENT = "<parent><artifactId>parent</artifactId><version>7</version></parent>";

    @TempDir
    private Path root;

    private Checkout checkout;

    @BeforeEach
    void packages() throws IOException {
        checkout = new Checkout(root)
                .with("trees/mvm/usr/lib/mvm/cli/mvm-cli-0.1.0.jar", "")
                .with("trees/mvm/usr/lib/mvm/cli/json-1.2.jar", "")
                .with("trees/mvm/usr/lib/mvm/cli/log-3.jar", "")
                .with("poms/lib/json-1.2.pom", POM.formatted("", licence("The Apache Software License, Version 2.0")))
                .with("poms/lib/log-3.pom", POM.formatted(PARENT, ""))
                .with(
                        "poms/lib/parent-7.pom",
                        POM.formatted(
                                "",
                                licence("Eclipse Public License - v 2.0")
                                        + licence("GNU Lesser General Public License")))
                .with("packaging/debian/copyright", "");
    }

    private static String licence(String name) {
        return "<license><name>" + name + "</name></license>";
    }

    private Notice notice() throws IOException {
        return Notice.of(root.resolve("trees"), root.resolve("poms"));
    }

    @Test
    void jars_areListedUnderTheirLicences_whichAParentMayName() throws IOException {
        var repository = checkout.repository();
        notice().write(repository);
        assertThat(repository.text(Path.of("NOTICE")))
                .contains("\nApache-2.0\n  json-1.2.jar\n", "\nLGPL-2.1 or EPL-2.0\n  log-3.jar\n")
                .doesNotContain("mvm-cli");
        assertThat(repository.text(Path.of("packaging/debian/copyright")))
                .contains(
                        "\nFiles: usr/lib/mvm/*/json-*\nCopyright: their authors, as the jars say\nLicense: Apache-2.0\n",
                        "\nFiles: usr/lib/mvm/*/log-*\n",
                        "\nLicense: LGPL-2.1\n On Debian systems the text is in /usr/share/common-licenses/LGPL-2.1.\n");
        assertThat(notice().complaints(checkout.repository())).isEmpty();
        assertThat(notice().count()).isEqualTo(2);
    }

    @Test
    void jarThatIsNew_orGone_isFound() throws IOException {
        notice().write(checkout.repository());
        checkout.with("trees/mvm/usr/lib/mvm/cli/json-2.0.jar", "")
                .with("poms/lib/json-2.0.pom", POM.formatted("", licence("MIT License")));
        assertThat(notice().complaints(checkout.repository()))
                .contains("NOTICE is out of date; ./dev package --notice writes it");
    }

    @Test
    void jarWithoutAKnownLicence_isRefused() throws IOException {
        checkout.with("poms/lib/json-1.2.pom", POM.formatted("", licence("Secret")));
        assertThatThrownBy(this::notice).hasMessage("json-1.2 has a licence that is not known here: Secret");
        checkout.with("poms/lib/json-1.2.pom", POM.formatted("", ""));
        assertThatThrownBy(this::notice).hasMessageContaining("neither its pom nor a parent names one");
        checkout.with("poms/lib/json-1.2.pom", POM.formatted(PARENT.replace("7", "8"), ""));
        assertThatThrownBy(this::notice).hasMessage("json-1.2 has no licence: there is no pom parent-8");
    }
}
