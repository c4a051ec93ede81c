package dev.coord.server.state;

import java.util.ArrayList;
import java.util.List;

/** The next state in the making. Used by one thread for one command. */
final class Draft {

    /** The revision that the command makes. */
    final long revision;
    /** The command's time, milliseconds by the leader's clock. */
    final long timeMillis;

    KvTable kv;
    Catalog catalog;
    Sessions sessions;
    Discovery discovery;
    Administration administration;
    AclTables acl;
    FlagTable flags;
    /** What differs from the state before, in order. */
    final List<Change> changes = new ArrayList<>(1);

    Draft(State before, long timeMillis) {
        this.revision = before.revision() + 1;
        this.timeMillis = timeMillis;
        this.kv = before.kvTable().open(timeMillis);
        this.catalog = before.catalog();
        this.sessions = before.sessionTable();
        this.discovery = before.discovery();
        this.administration = before.administration();
        this.acl = before.acl();
        this.flags = before.flagTable();
    }
}
