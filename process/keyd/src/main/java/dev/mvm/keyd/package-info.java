/// The process: settings, assembly, commands.
@NullMarked
package dev.mvm.keyd;

import org.jspecify.annotations.NullMarked;
