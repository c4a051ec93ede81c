/**
 * Who may do what: the rule language, policies compiled to {@link dev.coord.server.acl.Authorizer}s, and the way from a
 * token's secret to its authorizer. Tokens, policies and roles themselves stand in the replicated state.
 *
 * <p>Callers: {@code http}, {@code grpc} and whoever else answers clients. They take the authorizer of the request's token
 * from {@link dev.coord.server.acl.AccessControl} and ask it before they read or write. An agent that is no server keeps no
 * tokens and asks one, see {@link dev.coord.server.acl.RemoteTokenAccess}. Threads: any; nothing here blocks, and but for {@link
 * dev.coord.server.acl.AclUpkeep}'s no thread is started.
 */
@NullMarked
package dev.coord.server.acl;

import org.jspecify.annotations.NullMarked;
