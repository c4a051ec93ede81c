/**
 * The file of {@code coord backup}: written chunk by chunk, read chunk by chunk, past what is damaged. Knows no server.
 *
 * <p>Callers: the commands of {@code dev.coord.tools}. Threads: each object belongs to the one that made it; everything blocks on
 * the disk. Numbers are big-endian, texts UTF-8, sums CRC32C.
 *
 * <pre>
 * header   "COORDBAK" | format u32 | length u32 | JSON | sum u32 of format, length and JSON
 * chunk    89 "chunk" CR LF | length u32 | JSON | sum u32 of length and JSON | records | ...
 * </pre>
 *
 * A chunk's JSON says what it holds, so that this is known when its records are not: {@code kind}, {@code seq} (counted from
 * 0), {@code first} and {@code last} name, {@code count}, {@code bytes} and {@code crc} of the records, which are a list of JSON.
 * No JSON in UTF-8 holds a chunk's first eight bytes: where one is damaged, the next is found by them. The last chunk's kind is
 * {@code end}; its one record has the counts. The header's frame is the same in all formats, so that a newer one can be named.
 */
@NullMarked
package dev.coord.tools.backup;

import org.jspecify.annotations.NullMarked;
