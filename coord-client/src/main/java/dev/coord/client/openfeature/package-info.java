/**
 * An OpenFeature provider over a {@link dev.coord.client.CoordClient}. The rest of the client does not know this package, and
 * whoever does not use it needs none of its libraries: add {@code dev.openfeature:sdk} and {@code
 * dev.openfeature.contrib.providers:flagd} to use it.
 *
 * <p>Threads: flags are taken over on the client's executor; evaluations run on the caller's and never wait.
 */
@NullMarked
package dev.coord.client.openfeature;

import org.jspecify.annotations.NullMarked;
