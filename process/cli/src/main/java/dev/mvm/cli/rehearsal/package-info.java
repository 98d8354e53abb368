/// A training run of the usual command lines, which fills a cache of classes.
@NullMarked
package dev.mvm.cli.rehearsal;

import org.jspecify.annotations.NullMarked;
