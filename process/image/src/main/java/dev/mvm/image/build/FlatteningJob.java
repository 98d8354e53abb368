package dev.mvm.image.build;

import dev.mvm.image.config.Overrides;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.nio.file.Path;
import java.util.Optional;

/// The task of the process in the sandbox, as a document that it can read and not write.
///
/// @param tree directory to take files from; without it the fetched image is taken
/// @param owners whether files of a tree keep their owners
record FlatteningJob(Optional<Path> tree, boolean owners, Overrides overrides) {
    /// Name of the document.
    static final String FILE = "job.json";

    /// Name of the file of the tree's owners, if they are kept.
    static final String OWNERS = "owners";

    private static final int LONGEST = 4 << 20;

    byte[] bytes() {
        var out = Json.object().put("owners", owners).put("overrides", overrides.json());
        tree.ifPresent(path -> out.put("tree", path.toString()));
        return out.end().bytes();
    }

    static FlatteningJob read(byte[] bytes) throws JsonException {
        return Json.parseObject(bytes, JsonLimits.foreign(LONGEST))
                .read(fields -> new FlatteningJob(
                        fields.has("tree") ? Optional.of(Path.of(fields.string("tree"))) : Optional.empty(),
                        fields.bool("owners"),
                        fields.object("overrides", Overrides::read)));
    }
}
