/**
 * JMH benchmarks of parts. Each proves, in its own teardown, that it measured what it says.
 *
 * <p>Run one from a built tree: {@code java -cp "bench/target/classes:bench/target/lib/*" org.openjdk.jmh.Main NAME}. What
 * counts is the ratio between shapes or backends in one run; the machines are noisy.
 */
@NullMarked
package dev.coord.bench;

import org.jspecify.annotations.NullMarked;
