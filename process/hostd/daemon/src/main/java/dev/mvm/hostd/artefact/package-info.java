/// Artefacts that instances boot, compared byte by byte with the signed digests every time.
@NullMarked
package dev.mvm.hostd.artefact;

import org.jspecify.annotations.NullMarked;
