/**
 * The reader of HCL, the language of Consul's configuration files and ACL rules.
 *
 * <p>Callers: the configuration, and {@code acl} for rules. Knows nobody. A parser is used by one thread, once.
 */
@NullMarked
package dev.coord.server.hcl;

import org.jspecify.annotations.NullMarked;
