package dev.coord.server;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every configuration key that a file may hold, with the type of its value. Sections are written with a dot: {@code
 * ports.http}. Names are Consul's, from 1.8 to the present; {@code log_backend}, {@code
 * log_shadow}, {@code log_compaction}, {@code slow_disk}, {@code waiting_room}, {@code raft_plaintext_allowed}, {@code http_connections_max},
 * {@code hub_shape} and {@code rollout_guards} are ours, and so are the sections {@code backup},
 * {@code disk} and {@code audit}.
 */
final class ConfigKeys {

    /** The type of a value. */
    enum Kind {
        TEXT("text"),
        FLAG("true or false"),
        NUMBER("a whole number"),
        /** Whole or not. */
        DECIMAL("a number"),
        /** Go style text. */
        DURATION("a duration such as \"10s\""),
        /** A list of texts; one text counts as a list of one. */
        TEXTS("a list of texts"),
        TEXT_MAP("a map of texts"),
        /** A text that no message shows. */
        SECRET("text"),
        /** A list of objects; one object counts as a list of one. */
        OBJECTS("a list of objects"),
        /** Known from Consul, without effect here. */
        IGNORED("anything");

        private final String inWords;

        Kind(String inWords) {
            this.inWords = inWords;
        }

        String inWords() {
            return inWords;
        }
    }

    private static final Map<String, Kind> KINDS = new HashMap<>();
    private static final Set<String> SECTIONS = new HashSet<>();

    static {
        keys(
                Kind.TEXT,
                "node_name node_id data_dir datacenter bind_addr client_addr advertise_addr log_level log_file log_backend",
                "log_shadow backup.path backup.on audit.path",
                "hub_shape",
                "addresses.http addresses.https addresses.grpc addresses.grpc_tls addresses.dns pid_file",
                "unix_sockets.mode unix_sockets.user unix_sockets.group",
                "ca_file cert_file key_file acl.default_policy acl.down_policy",
                "acl_datacenter acl_default_policy acl_down_policy",
                "tls.defaults.ca_file tls.defaults.cert_file tls.defaults.key_file",
                "tls.https.ca_file tls.https.cert_file tls.https.key_file",
                "tls.grpc.ca_file tls.grpc.cert_file tls.grpc.key_file",
                "tls.internal_rpc.ca_file tls.internal_rpc.cert_file",
                "tls.internal_rpc.key_file limits.request_limits.mode");
        keys(
                Kind.SECRET,
                "acl_master_token acl_agent_token acl_agent_master_token acl_token acl_replication_token",
                "acl.tokens.master acl.tokens.initial_management acl.tokens.agent acl.tokens.agent_master",
                "acl.tokens.agent_recovery acl.tokens.default acl.tokens.replication");
        keys(
                Kind.FLAG,
                "acl.enable_key_list_policy acl.enable_token_persistence acl_enable_key_list_policy",
                "audit.enabled server bootstrap enable_script_checks enable_local_script_checks leave_on_terminate",
                "skip_leave_on_interrupt acl.enabled verify_incoming verify_incoming_rpc",
                "verify_incoming_https verify_outgoing verify_server_hostname raft_plaintext_allowed",
                "tls.defaults.verify_incoming tls.defaults.verify_outgoing tls.https.verify_incoming",
                "tls.grpc.verify_incoming tls.internal_rpc.verify_incoming tls.internal_rpc.verify_outgoing",
                "tls.internal_rpc.verify_server_hostname log_compaction.enabled slow_disk.enabled log_json enable_debug");
        keys(
                Kind.NUMBER,
                "bootstrap_expect ports.http ports.https ports.grpc ports.grpc_tls ports.dns ports.server",
                "ports.serf_lan raft_snapshot_threshold raft_trailing_logs performance.raft_multiplier",
                "http_connections_max limits.http_max_conns_per_client",
                "limits.kv_max_value_size limits.txn_max_req_len log_compaction.free_mb slow_disk.threshold_ms",
                "slow_disk.window_s waiting_room.per_second waiting_room.at_once backup.keep disk.low_mb"
                        + " disk.ballast_mb audit.rotate_bytes audit.rotate_max_files",
                "log_rotate_bytes log_rotate_max_files");
        keys(Kind.DECIMAL, "limits.request_limits.read_rate limits.request_limits.write_rate");
        keys(Kind.DURATION, "backup.interval backup.max_age acl.token_ttl");
        keys(
                Kind.DURATION,
                "raft_snapshot_interval performance.leave_drain_time reconnect_timeout waiting_room.open"
                        + " log_rotate_duration");
        keys(Kind.TEXTS, "retry_join start_join recursors rollout_guards");
        keys(Kind.TEXT_MAP, "node_meta");
        keys(Kind.OBJECTS, "service services check checks watches");
        keys(Kind.TEXT, "domain alt_domain zone admin_socket");
        keys(Kind.NUMBER, "leader_priority");
        keys(
                Kind.FLAG,
                "dns_config.only_passing dns_config.enable_truncate dns_config.enable_additional_node_meta_txt");
        keys(Kind.NUMBER, "dns_config.udp_answer_limit dns_config.a_record_limit");
        keys(Kind.OBJECTS, "dns_config.soa");
        keys(Kind.DURATION, "dns_config.node_ttl dns_config.recursor_timeout");
        keys(Kind.TEXT_MAP, "dns_config.service_ttl");
        // Every answer comes from this server's own state, at once; names are always compressed.
        keys(
                Kind.IGNORED,
                "dns_config.allow_stale dns_config.max_stale dns_config.use_cache dns_config.cache_max_age",
                "dns_config.disable_compression dns_config.prefer_namespace");
        // Gossip, mesh, UI, WAN federation, and what Consul does by means that Coord has not.
        keys(
                Kind.IGNORED,
                "connect ui ui_dir ui_config ui_content_path encrypt encrypt_verify_incoming encrypt_verify_outgoing",
                "gossip_lan gossip_wan serf_lan serf_wan ports.serf_wan ports.sidecar_min_port",
                "ports.sidecar_max_port ports.expose_min_port ports.expose_max_port ports.proxy_min_port",
                "ports.proxy_max_port config_entries enable_central_service_config default_intention_policy",
                "primary_datacenter primary_gateways primary_gateways_interval segment segments partition peering",
                "auto_encrypt auto_config advertise_addr_wan advertise_addr_ipv4 advertise_addr_ipv6",
                "advertise_addr_wan_ipv4 advertise_addr_wan_ipv6 advertise_reconnect_timeout translate_wan_addrs",
                "serf_lan_allowed_cidrs serf_wan_allowed_cidrs retry_join_wan retry_interval_wan retry_max_wan",
                "start_join_wan retry_interval retry_max rejoin_after_leave reconnect_timeout_wan protocol",
                "raft_protocol raft_logstore raft_boltdb autopilot disable_anonymous_signature disable_coordinates",
                "disable_host_node_id disable_http_unprintable_char_filter disable_keyring_file disable_remote_exec",
                "disable_update_check non_voting_server read_replica server_name server_rejoin_age_max",
                "telemetry rpc http_config cache use_streaming_backend",
                "xds experiments locality reporting license_path cloud auto_reload_config",
                "check_output_max_size discard_check_output check_update_interval check_deregister_interval_min"
                        + " check_reap_interval discovery_max_stale",
                "session_ttl_min default_query_time max_query_time log_sublevels syslog_facility enable_syslog",
                "enable_agent_tls_for_checks tls_cipher_suites tls_prefer_server_cipher_suites",
                "tls.defaults.tls_min_version tls.defaults.tls_cipher_suites tls.https.tls_min_version",
                "tls.https.tls_cipher_suites tls.grpc.tls_min_version tls.grpc.tls_cipher_suites",
                "tls.grpc.use_auto_cert tls.internal_rpc.tls_min_version tls.internal_rpc.tls_cipher_suites",
                "tls.defaults.verify_server_hostname ca_path tls.defaults.ca_path tls.https.ca_path tls.grpc.ca_path",
                "tls.internal_rpc.ca_path tls_min_version acl_enforce_version_8",
                "acl.policy_ttl acl.role_ttl acl.enable_token_replication acl.disabled_ttl acl_ttl",
                "acl.msp_disable_bootstrap acl.tokens.managed_service_provider enable_acl_replication",
                "limits.http_max_header_bytes limits.https_handshake_timeout limits.rpc_handshake_timeout",
                "limits.rpc_max_conns_per_client limits.rpc_rate limits.rpc_max_burst limits.rpc_client_timeout",
                "performance.rpc_hold_timeout performance.grpc_keepalive_interval",
                "performance.grpc_keepalive_timeout");
    }

    private ConfigKeys() {}

    private static void keys(Kind kind, String... names) {
        for (String line : names) {
            for (String name : List.of(line.split(" "))) {
                KINDS.put(name, kind);
                for (int dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
                    SECTIONS.add(name.substring(0, dot));
                }
            }
        }
    }

    /** Null: nobody knows the key. */
    static @Nullable Kind kind(String key) {
        return KINDS.get(key);
    }

    /** True when the key holds others. */
    static boolean isSection(String key) {
        return SECTIONS.contains(key);
    }

    static Collection<String> all() {
        return KINDS.keySet();
    }
}
