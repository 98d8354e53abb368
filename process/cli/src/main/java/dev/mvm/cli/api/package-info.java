/// Client of the coordinator's REST interface, its settings and its credentials.
@NullMarked
package dev.mvm.cli.api;

import org.jspecify.annotations.NullMarked;
