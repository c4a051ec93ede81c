package dev.coord.server;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A watch that an agent keeps from its configuration ({@code watches}): a view of the cluster, and what is called when it
 * changes. Immutable and checked.
 *
 * @param type what is looked at, in Consul's words: {@code key} to {@code event}
 * @param key for {@code key}
 * @param prefix for {@code keyprefix}
 * @param service for {@code service} and {@code checks}
 * @param tags for {@code service}: instances that have them all
 * @param passingOnly for {@code service}
 * @param state for {@code checks}
 * @param name for {@code event}
 * @param token empty: the agent's own
 * @param handler who is told
 */
public record WatchDefinition(
        String type,
        @Nullable String key,
        @Nullable String prefix,
        @Nullable String service,
        List<String> tags,
        boolean passingOnly,
        @Nullable String state,
        @Nullable String name,
        String token,
        Handler handler) {

    public WatchDefinition {
        tags = List.copyOf(tags);
    }

    /** Who is told of a change. */
    public sealed interface Handler permits Command, Request {}

    /**
     * A program, given the view as JSON on its input and the index in {@code CONSUL_INDEX}.
     *
     * @param arguments not empty
     * @param shell whether a shell runs them
     */
    public record Command(List<String> arguments, boolean shell) implements Handler {
        public Command {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * An HTTP request with the view as its body and the index in {@code X-Consul-Index}.
     *
     * @param url http or https
     * @param timeout for all of it
     * @param verify whether the certificate must be one that this machine trusts
     */
    public record Request(URI url, String method, Map<String, List<String>> headers, Duration timeout, boolean verify)
            implements Handler {
        public Request {
            headers = Map.copyOf(headers);
        }
    }

    /** For messages: the type and what it looks at. */
    @Override
    public String toString() {
        for (@Nullable String subject : new String[] {key, prefix, service, state, name}) {
            if (subject != null) {
                return "watch of " + type + " " + subject;
            }
        }
        return "watch of " + type;
    }
}
