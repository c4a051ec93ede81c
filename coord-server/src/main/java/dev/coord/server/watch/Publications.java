package dev.coord.server.watch;

import dev.coord.server.state.Change;
import dev.coord.streaming.Publication;
import dev.coord.streaming.Subject;
import java.util.ArrayList;
import java.util.List;

/** What is told to the hub of the changes of one command. */
public final class Publications {

    /** About what an entry of the catalog, or a session, takes in memory. */
    private static final int ENTRY_BYTES = 512;
    /** About what a key takes besides its name and value. */
    private static final int KEY_BYTES = 128;

    private Publications() {}

    /**
     * The changes under every subject that they touch, in order. The change is the {@link Publication#change()}.
     *
     * @param changes of one revision
     */
    public static List<Publication> of(List<Change> changes) {
        List<Publication> publications = new ArrayList<>(changes.size());
        for (Change change : changes) {
            if (change instanceof Change.Kv kv) {
                add(publications, Topics.key(kv.key()), kv, bytes(kv));
            } else if (change instanceof Change.Node node) {
                add(publications, Topics.nodes(), node, ENTRY_BYTES);
                add(publications, Topics.node(node.name()), node, ENTRY_BYTES);
            } else if (change instanceof Change.Instance instance) {
                int bytes = bytes(instance);
                add(publications, Topics.service(instance.service()), instance, bytes);
                add(publications, Topics.node(instance.node()), instance, bytes);
                if (listsDiffer(instance)) {
                    add(publications, Topics.services(), instance, bytes);
                }
            } else if (change instanceof Change.Check check) {
                add(publications, Topics.checks(), check, ENTRY_BYTES);
                add(publications, Topics.node(check.node()), check, ENTRY_BYTES);
            } else if (change instanceof Change.Session session) {
                add(publications, Topics.sessions(), session, ENTRY_BYTES);
                add(publications, Topics.session(session.id()), session, ENTRY_BYTES);
            } else if (change instanceof Change.Acl acl) {
                add(publications, Topics.acl(), acl, ENTRY_BYTES);
            } else if (change instanceof Change.Query query) {
                add(publications, Topics.queries(), query, ENTRY_BYTES);
            } else if (change instanceof Change.Event event) {
                add(
                        publications,
                        Topics.events(),
                        event,
                        ENTRY_BYTES + event.after().getSerializedSize());
            } else if (change instanceof Change.NodeCoordinate coordinate) {
                add(publications, Topics.coordinates(), coordinate, ENTRY_BYTES);
            } else if (change instanceof Change.Flag flag) {
                add(publications, Topics.flagSet(flag.set()), flag, bytes(flag));
            } else if (change instanceof Change.FlagSet set) {
                // To its own subject, too: the last flag may have gone before, and the set with nothing in it.
                add(publications, Topics.flagSet(set.name()), set, ENTRY_BYTES);
                add(publications, Topics.flagSets(), set, ENTRY_BYTES);
            } else if (change instanceof Change.FeatureRollout rollout) {
                add(
                        publications,
                        Topics.rollouts(),
                        rollout,
                        ENTRY_BYTES + rollout.after().getSerializedSize());
            }
        }
        return publications;
    }

    private static void add(List<Publication> to, Subject subject, Change change, int bytes) {
        to.add(new Publication(subject.topic(), subject.key(), change, bytes));
    }

    /** The list of services and tags depends on the service entries alone, not on checks and nodes. */
    private static boolean listsDiffer(Change.Instance instance) {
        return instance.before() == null
                || instance.after() == null
                || !instance.before().service().equals(instance.after().service());
    }

    private static int bytes(Change.Kv kv) {
        int value = kv.after() == null ? 0 : kv.after().value().size();
        return KEY_BYTES + 2 * kv.key().length() + value;
    }

    private static int bytes(Change.Flag flag) {
        return KEY_BYTES
                + (flag.after() == null ? 0 : 2 * flag.after().definition().length());
    }

    private static int bytes(Change.Instance instance) {
        int checks = instance.after() == null ? 0 : instance.after().checks().size();
        return ENTRY_BYTES * (2 + checks);
    }
}
