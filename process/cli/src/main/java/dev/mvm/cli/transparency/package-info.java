/// Verification of the coordinator's log of node states without trust in the coordinator: `docs/protocol/log.md`.
@NullMarked
package dev.mvm.cli.transparency;

import org.jspecify.annotations.NullMarked;
