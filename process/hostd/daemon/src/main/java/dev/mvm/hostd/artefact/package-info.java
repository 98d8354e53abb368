/// What instances boot: checked byte by byte against what was signed, every time.
@NullMarked
package dev.mvm.hostd.artefact;

import org.jspecify.annotations.NullMarked;
