/**
 * Consul's filter expressions: {@code Service.Meta.env == prod and not (Node matches "db.*")}.
 *
 * <p>Callers: the HTTP endpoints, which describe what can be asked for as {@link dev.coord.server.http.filter.Fields}. Knows
 * nothing of HTTP. Everything is immutable once built; a parsed filter may be used by any thread.
 */
@NullMarked
package dev.coord.server.http.filter;

import org.jspecify.annotations.NullMarked;
