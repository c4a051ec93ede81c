/**
 * Who did what, when, from where and with what result: a file of JSON lines for people who must be able to ask later.
 *
 * <p>Callers: HTTP and gRPC, on their event loops, which nothing here blocks. One thread, {@code coord-audit}, writes.
 */
@NullMarked
package dev.coord.server.audit;

import org.jspecify.annotations.NullMarked;
