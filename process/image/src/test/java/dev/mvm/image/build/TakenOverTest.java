package dev.mvm.image.build;

import static dev.mvm.image.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.ImageException;
import dev.mvm.image.OciLayout;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.program.Programs;
import dev.mvm.image.source.Reference;
import dev.mvm.image.store.ImageRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whole imports in which a program of the sandbox was taken over: it does its work, and then what the attack says, in
/// the real sandbox.
final class TakenOverTest extends ImportFixture {
    private Path victim;

    @BeforeEach
    void victim() throws IOException {
        victim = Files.writeString(dir.resolve("victim"), "the operator's");
        OciLayout.simple(dir.resolve("layout"), CONFIG, FILES);
    }

    /// Imports while one program of the sandbox is taken over.
    ///
    /// @param program its file name
    /// @param script for a shell; the scratch directory is the working directory
    private ImageRecord imported(String source, String program, String script) throws ImageException, IOException {
        var programs = Files.createDirectories(dir.resolve("programs"));
        var attack = Files.writeString(
                dir.resolve("attack"),
                "\"$@\"; status=$?; case \"$1\" in */" + program + ") " + script + ";; esac; exit $status");
        var sandbox = Files.writeString(
                programs.resolve("bwrap"),
                String.join(
                        "\n",
                        "#!/usr/bin/bash",
                        "options=()",
                        "while [ \"$1\" != -- ]; do options+=(\"$1\"); shift; done",
                        "shift",
                        "exec /usr/bin/bwrap \"${options[@]}\" -- /usr/bin/bash -c \"$(< " + attack + ")\" x \"$@\"",
                        ""));
        Files.setPosixFilePermissions(sandbox, PosixFilePermissions.fromString("rwx------"));
        var found = new Programs(List.of(programs, Path.of("/usr/bin"), Path.of("/usr/sbin")));
        var request = new ImageImport.Request(Reference.parse(source), WEB, false, false, Overrides.NOTHING, options());
        return new ImageImport(found, store, InstantSource.system()).run(request);
    }

    private ImageRecord imported(String program, String script) throws ImageException, IOException {
        return imported("oci:" + dir.resolve("layout"), program, script);
    }

    /// Names of files that the importer writes.
    @ParameterizedTest
    @CsvSource({"skopeo, job.json", "java, published", "mkfs.erofs, published", "sha256sum, published"})
    @Tag("claim-I2")
    void linksInPlaceOfTheImportersFiles_areNotFollowed(String program, String name) throws Exception {
        inZstandard();
        var record = imported("oci:" + dir.resolve("zstd"), program, "ln -sf " + victim + " " + name);
        assertThat(victim).hasContent("the operator's");
        assertThat(extracted(record).resolve("bin/app")).hasContent("#!/bin/true\n");
        new Verification(Programs.DEBIAN, store).verify(WEB);
    }

    /// An import reads each of these files outside the sandbox.
    @ParameterizedTest
    @CsvSource({
        "java, report.json",
        "java, image.tar",
        "mkfs.erofs, image",
        "veritysetup, root",
        "veritysetup, image",
        "sha256sum, image"
    })
    @Tag("claim-I2")
    void anythingButAFileInPlaceOfAResult_isRefused(String program, String name) throws Exception {
        for (var attack : List.of(
                "mv " + name + " aside; ln -s aside " + name,
                "ln -sf " + victim + " " + name,
                "ln " + name + " another",
                "rm " + name + "; mkdir " + name,
                "rm " + name + "; mkfifo " + name,
                "rm " + name)) {
            assertRefusedAsBroken(program, attack);
        }
        assertThat(victim).hasContent("the operator's");
    }

    private void assertRefusedAsBroken(String program, String attack) {
        assertRefused("sandbox_broken", () -> imported(program, attack));
        assertStoreIsEmpty();
    }

    /// The limit of a file's size is that of mkfs.erofs in its run, whose file is mostly a hole.
    @ParameterizedTest
    @CsvSource({"mkfs.erofs, 18G, image", "veritysetup, 17G, root", "java, 17G, report.json"})
    @Tag("claim-I2")
    void resultsThatAreTooLarge_areRefused(String program, String size, String name) {
        assertRefusedAsBroken(program, "truncate -s " + size + " " + name);
    }

    /// A program that unpacks one layer could put others in place of those that were fetched.
    @Test
    @Tag("claim-I2")
    void whatWasFetched_isNotWritten() throws Exception {
        inZstandard();
        imported(
                "oci:" + dir.resolve("zstd"),
                "skopeo",
                "for file in $(find / -path '*/fetched/*' -type f 2>&-); do echo x >>$file && touch written; done; "
                        + "[ ! -e written ] || exit 1");
    }

    /// The import is done, and its directory with the program's leavings is gone.
    @Test
    @Tag("claim-I2")
    void directoriesThatAreDeepOrClosed_areRemoved() throws Exception {
        imported(
                "sha256sum",
                "mkdir -p closed/below; chmod 0 closed; ln -s " + dir + " link; "
                        + "perl -e 'for (1..100) { mkdir \"d\" x 200; chdir \"d\" x 200 }'");
        try (var drafts = Files.list(dir.resolve("store/drafts"))) {
            assertThat(drafts).isEmpty();
        }
        assertThat(victim).exists();
    }
}
