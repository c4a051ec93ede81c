package dev.coord.server.watch;

import dev.coord.server.state.Change;
import dev.coord.streaming.Subject;
import java.util.Locale;

/** The subjects that changes are published under, and queries wait on: one place, so that the two can't drift apart. */
public final class Topics {

    /** Key: the KV key. Change: {@link Change.Kv}. */
    public static final String KV = "kv";
    /** Key: the service's name in lower case. Change: {@link Change.Instance}. */
    public static final String SERVICE = "service";
    /** One subject: the list of service names and tags. Change: {@link Change.Instance}. */
    public static final String SERVICES = "services";
    /** One subject: the list of nodes. Change: {@link Change.Node}. */
    public static final String NODES = "nodes";
    /** Key: the node's name in lower case. Change: anything on that node. */
    public static final String NODE = "node";
    /** One subject: all checks. Change: {@link Change.Check}. */
    public static final String CHECKS = "checks";
    /** Key: the session's id. Change: {@link Change.Session}. */
    public static final String SESSION = "session";
    /** One subject: all sessions. Change: {@link Change.Session}. */
    public static final String SESSIONS = "sessions";

    /** One subject: all prepared queries. Change: {@link Change.Query}. */
    public static final String QUERIES = "queries";
    /** One subject: all user events. Change: {@link Change.Event}. */
    public static final String EVENTS = "events";
    /** One subject: all coordinates. Change: {@link Change.NodeCoordinate}. */
    public static final String COORDINATES = "coordinates";
    /** Key: the name of the flag set. Change: {@link Change.Flag} and {@link Change.FlagSet}. */
    public static final String FLAGS = "flags";
    /** One subject: the list of flag sets. Change: {@link Change.FlagSet}. */
    public static final String FLAG_SETS = "flagsets";

    /** One subject: all rollouts. Change: {@link Change.FeatureRollout}. */
    public static final String ROLLOUTS = "rollouts";

    /** One subject: tokens, policies and roles. Change: {@link Change.Acl}. */
    public static final String ACL = "acl";

    private Topics() {}

    public static Subject key(String key) {
        return Subject.exact(KV, key);
    }

    public static Subject keyPrefix(String prefix) {
        return Subject.prefix(KV, prefix);
    }

    public static Subject service(String name) {
        return Subject.exact(SERVICE, folded(name));
    }

    public static Subject services() {
        return Subject.exact(SERVICES, "");
    }

    public static Subject nodes() {
        return Subject.exact(NODES, "");
    }

    public static Subject node(String name) {
        return Subject.exact(NODE, folded(name));
    }

    /** The names of nodes and services count without regard to case. */
    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    public static Subject checks() {
        return Subject.exact(CHECKS, "");
    }

    public static Subject session(String id) {
        return Subject.exact(SESSION, id);
    }

    public static Subject acl() {
        return Subject.exact(ACL, "");
    }

    public static Subject flagSet(String name) {
        return Subject.exact(FLAGS, name);
    }

    public static Subject flagSets() {
        return Subject.exact(FLAG_SETS, "");
    }

    public static Subject rollouts() {
        return Subject.exact(ROLLOUTS, "");
    }

    public static Subject sessions() {
        return Subject.exact(SESSIONS, "");
    }

    /** Anything on any node. */
    public static Subject catalog() {
        return Subject.prefix(NODE, "");
    }

    public static Subject queries() {
        return Subject.exact(QUERIES, "");
    }

    public static Subject events() {
        return Subject.exact(EVENTS, "");
    }

    public static Subject coordinates() {
        return Subject.exact(COORDINATES, "");
    }
}
