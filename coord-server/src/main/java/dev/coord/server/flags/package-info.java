/**
 * Feature flags: flagd's documents checked, written and evaluated, and the servers' own features that stand behind the set
 * {@code coord}.
 *
 * <p>Callers: {@code http}, {@code grpc} and whatever feature asks whether it is on. The replicated state holds definitions as
 * text; only this package understands them, by flagd's own library.
 *
 * <p>Threads: documents are checked on one thread of {@link dev.coord.server.flags.FlagWrites}; evaluation runs on the
 * caller's.
 */
@NullMarked
package dev.coord.server.flags;

import org.jspecify.annotations.NullMarked;
