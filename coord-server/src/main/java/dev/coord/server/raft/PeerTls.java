package dev.coord.server.raft;

import java.nio.file.Path;

/**
 * Mutual TLS between servers, all files PEM.
 *
 * @param certificates whose signature makes another server trusted
 * @param certificate this server's, with its chain
 * @param privateKey not encrypted
 */
public record PeerTls(Path certificates, Path certificate, Path privateKey) {}
