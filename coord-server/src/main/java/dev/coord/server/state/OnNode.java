package dev.coord.server.state;

import java.util.Comparator;

/** Names a service's instance or a check: the node, and the id that is unique on it. Case does not count. */
record OnNode(String node, String id) {

    static final Comparator<OnNode> ORDER = Comparator.comparing(OnNode::node, String.CASE_INSENSITIVE_ORDER)
            .thenComparing(OnNode::id, String.CASE_INSENSITIVE_ORDER);
}
