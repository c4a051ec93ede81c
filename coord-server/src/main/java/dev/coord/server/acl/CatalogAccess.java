package dev.coord.server.acl;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.state.State;

/**
 * What it takes to change the catalog, as Consul has it: a node's own fields take write access to the node, a service to its
 * name and to the name of what it replaces, a check to what it belongs to.
 */
public final class CatalogAccess {

    private CatalogAccess() {}

    /**
     * Returns when the command is allowed; one that does not touch the catalog is none of this class's.
     *
     * @param state that tells what is there now
     * @throws AccessException when it is not
     */
    public static void require(Authorizer may, State state, Command command) {
        if (may.unrestricted()) {
            return;
        }
        if (command instanceof Command.Register register) {
            require(may, state, register);
        } else if (command instanceof Command.Deregister deregister) {
            require(may, state, deregister);
        } else {
            throw new IllegalArgumentException("a " + command.getClass().getSimpleName() + " is no catalog command");
        }
    }

    private static void require(Authorizer may, State state, Command.Register register) {
        NodeEntry asked = register.node();
        NodeEntry there = state.node(asked.name());
        if (there == null || (!register.skipNodeUpdate() && differs(asked, there))) {
            may.requireWrite(Resource.NODE, asked.name());
        }
        ServiceEntry service = register.service();
        if (service != null) {
            may.requireWrite(Resource.SERVICE, service.name());
            ServiceEntry replaced = state.service(asked.name(), service.id());
            if (replaced != null) {
                may.requireWrite(Resource.SERVICE, replaced.name());
            }
        }
        for (CheckEntry check : register.checks()) {
            boolean ofThisService = service != null && service.id().equals(check.serviceId());
            if (!ofThisService) {
                requireWriteOwner(may, state, asked.name(), check);
            }
            CheckEntry replaced = state.check(asked.name(), check.id());
            if (replaced != null) {
                requireWriteOwner(may, state, asked.name(), replaced);
            }
        }
    }

    /** What a client leaves out of a node's entry, it does not ask to change. */
    private static boolean differs(NodeEntry asked, NodeEntry there) {
        return !(asked.id().isEmpty() || asked.id().equals(there.id()))
                || !asked.address().equals(there.address())
                || !asked.taggedAddresses().equals(there.taggedAddresses())
                || !asked.meta().equals(there.meta());
    }

    private static void requireWriteOwner(Authorizer may, State state, String node, CheckEntry check) {
        ServiceEntry owner = check.serviceId() == null ? null : state.service(node, check.serviceId());
        if (owner != null) {
            may.requireWrite(Resource.SERVICE, owner.name());
        } else {
            may.requireWrite(Resource.NODE, node);
        }
    }

    private static void require(Authorizer may, State state, Command.Deregister deregister) {
        if (may.mayWrite(Resource.NODE, deregister.node())) {
            return;
        }
        ServiceEntry service =
                deregister.serviceId() == null ? null : state.service(deregister.node(), deregister.serviceId());
        CheckEntry check = deregister.checkId() == null ? null : state.check(deregister.node(), deregister.checkId());
        if (service != null) {
            may.requireWrite(Resource.SERVICE, service.name());
        } else if (deregister.serviceId() == null && check != null && check.serviceId() != null) {
            may.requireWrite(Resource.SERVICE, check.serviceName());
        } else {
            throw AccessException.denied();
        }
    }
}
