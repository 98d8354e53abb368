package dev.mvm.keyd.documents;

import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Tombstone;

/// Something new that has been taken.
public sealed interface Published {
    /// One line for the audit: kind, name and version.
    String text();

    /// A trust root.
    record Root(int version) implements Published {
        @Override
        public String text() {
            return "root version " + version;
        }
    }

    /// A grant.
    record Grant(GrantDocument document) implements Published {
        @Override
        public String text() {
            return "grant of " + document.grant().tenant() + " version "
                    + document.grant().version();
        }
    }

    /// A node document.
    record Node(NodeDocument document) implements Published {
        @Override
        public String text() {
            return "node " + document.node() + " version " + document.version();
        }
    }

    /// The end of a tenant.
    record End(Tombstone document) implements Published {
        @Override
        public String text() {
            return "tombstone of " + document.tenant() + " version " + document.version();
        }
    }

    /// Measurements.
    record Measured(int version) implements Published {
        @Override
        public String text() {
            return "measurements version " + version;
        }
    }
}
