package dev.coord.server.http;

import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.Resource;

/**
 * What a route asks of the request's token, said where the route is added to {@link Routes}.
 */
@FunctionalInterface
interface Access {

    /** Looks before the handler is called; throws {@link AccessException} to refuse. */
    void check(Exchange exchange);

    /** For all, with whatever token: the path tells no more than that there is a cluster. */
    Access OPEN = Exchange::needsNoAuthorizer;

    /**
     * The handler asks {@link Exchange#authorizer()} itself, since what is needed depends on the request, or leaves out what
     * the token may not see. An answer or a command of a handler that never asked is refused.
     */
    Access BY_HANDLER = exchange -> {};

    /** For paths that are about ACLs: without ACLs there is nothing to speak of. */
    static Access whenEnabled(Access then) {
        return exchange -> {
            if (!exchange.backend().access().enabled()) {
                throw AccessException.disabled();
            }
            then.check(exchange);
        };
    }

    /** Read access to a resource without names. */
    static Access read(Resource resource) {
        return exchange -> exchange.authorizer().requireRead(resource);
    }

    /** Write access to a resource without names. */
    static Access write(Resource resource) {
        return exchange -> exchange.authorizer().requireWrite(resource);
    }

    /** Read access to what the rest of the path names. */
    static Access readNamed(Resource resource) {
        return exchange -> exchange.authorizer().requireRead(resource, exchange.rest());
    }

    /** Write access to what the rest of the path names. */
    static Access writeNamed(Resource resource) {
        return exchange -> exchange.authorizer().requireWrite(resource, exchange.rest());
    }

    /** Read access to this server's node, under a resource such as {@link Resource#AGENT}. */
    static Access readOwnNode(Resource resource) {
        return exchange -> exchange.authorizer().requireRead(resource, exchange.ownNode());
    }

    /** Write access to this server's node. */
    static Access writeOwnNode(Resource resource) {
        return exchange -> exchange.authorizer().requireWrite(resource, exchange.ownNode());
    }
}
