/**
 * Certificates and keys from PEM files, in all the forms in which people have them; and new ones.
 *
 * <p>Callers: whoever listens with TLS, at the start and at a reload; the command line, which makes new ones. Blocks for as long as reading a file takes; safe from any
 * thread.
 */
@NullMarked
package dev.coord.server.tls;

import org.jspecify.annotations.NullMarked;
