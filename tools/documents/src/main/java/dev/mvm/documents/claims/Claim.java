package dev.mvm.documents.claims;

import java.util.List;

/// One entry of `docs/security/claims.toml`.
///
/// @param id such as `T3`
/// @param goal what it serves
/// @param mode `both`, `dev` or `hardened`
/// @param claim one sentence
/// @param enforcedBy full names of classes, paths of the repository, or words for anything else
/// @param remains what the claim does not cover
/// @param line in the file, from 1
record Claim(String id, Goal goal, String mode, String claim, List<String> enforcedBy, String remains, int line) {
    Claim {
        enforcedBy = List.copyOf(enforcedBy);
    }
}
