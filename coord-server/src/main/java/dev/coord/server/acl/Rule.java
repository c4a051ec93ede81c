package dev.coord.server.acl;

/**
 * One rule. Immutable.
 *
 * @param name of the instance; empty for resources without names
 * @param prefix true: all instances whose name begins with the name
 */
record Rule(Resource resource, String name, boolean prefix, Permission permission) {}
