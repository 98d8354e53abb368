package dev.mvm.image.build;

import dev.mvm.image.ImageException;
import dev.mvm.image.source.Blobs;
import dev.mvm.image.source.Digest;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/// The policy that admits a source, containers-policy.json(5). skopeo applies it, and says neither which of its
/// requirements applied nor which signature met it.
///
/// @param digest of the file
/// @param kinds the kinds of requirement that it has, in all its scopes; if it has one kind alone, that applied
record Policy(Digest digest, SortedSet<String> kinds) {
    private static final int LONGEST = 4 << 20;

    /// Copies a policy, so that what is recorded is the one that was applied.
    ///
    /// @throws ImageException `policy_missing`, `policy_invalid`
    static Policy copy(Path policy, Path copy) throws ImageException, IOException {
        if (!Files.isRegularFile(policy)) {
            throw new ImageException(
                    "policy_missing",
                    "there is no policy " + policy + ", containers-policy.json(5); name it by --policy");
        }
        Files.copy(policy, copy);
        if (Files.size(copy) > LONGEST) {
            throw new ImageException("policy_invalid", "the policy " + policy + " has more than 4 MiB");
        }
        try {
            var kinds = new TreeSet<String>();
            collect(Json.parseObject(Files.readAllBytes(copy), JsonLimits.foreign(LONGEST)), kinds);
            return new Policy(Blobs.digest(copy), kinds);
        } catch (JsonException e) {
            throw new ImageException("policy_invalid", "the policy " + policy + " cannot be read: " + e.getMessage());
        }
    }

    /// Requirements are the items of arrays: of `default`, and of each scope of each transport.
    private static void collect(Json.Obj object, SortedSet<String> kinds) {
        for (var member : object.members().values()) {
            if (member instanceof Json.Obj scopes) {
                collect(scopes, kinds);
            } else if (member instanceof Json.Arr(var requirements)) {
                for (var requirement : requirements) {
                    if (requirement instanceof Json.Obj(var fields)
                            && fields.get("type") instanceof Json.Str(var kind)) {
                        kinds.add(kind);
                    }
                }
            }
        }
    }
}
