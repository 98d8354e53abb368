/// The coordinator's log of node states, checked by whoever does not trust the coordinator: `docs/protocol/log.md`.
@NullMarked
package dev.mvm.cli.transparency;

import org.jspecify.annotations.NullMarked;
