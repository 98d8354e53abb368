/// Processes that the service manager starts for hostd, one for each connection.
@NullMarked
package dev.mvm.hostd.service;

import org.jspecify.annotations.NullMarked;
