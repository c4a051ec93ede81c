/**
 * The catalog over DNS, on UDP and TCP: nodes, services, prepared names of addresses, reverse look-ups. Answers from the
 * newest state of this very server, so it needs no leader.
 *
 * <p>Callers: the composition root opens and closes {@link dev.coord.server.dns.DnsServer}. The parts: {@code QueryName}
 * reads a name, {@code CatalogAnswers} answers on a server and {@code Recursors} asks others for names that are not ours, {@code Resolver} finds what it stands for, {@code Records} makes records of it, {@code ResponseLimit} cuts
 * what does not fit.
 *
 * <p>Threads: {@code coord-dns}, one, does all of it; nothing here blocks.
 */
@NullMarked
package dev.coord.server.dns;

import org.jspecify.annotations.NullMarked;
