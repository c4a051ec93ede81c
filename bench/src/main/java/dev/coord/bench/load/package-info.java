/**
 * The load generator for the whole: drives any server that speaks Consul's HTTP API, ours and its peers, with the same
 * keys, sizes and concurrency in one run, and says what each did and what it cost.
 *
 * <p>Callers: {@code bench/run}. One selector thread drives all connections of a load; the servers are processes of their
 * own, started on loopback and stopped by their own process ids.
 */
@NullMarked
package dev.coord.bench.load;

import org.jspecify.annotations.NullMarked;
