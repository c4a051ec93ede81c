package dev.coord.tools;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Flags of {@code consul agent} that have no effect here: accepted, and named in the log by the keys that they stand for. */
final class WithoutEffect {

    /** Take a value. */
    private static final Map<String, String> WITH_VALUE = Map.ofEntries(
            Map.entry("encrypt", "encrypt"),
            Map.entry("serf-wan-port", "ports.serf_wan"),
            Map.entry("advertise-wan", "advertise_addr_wan"),
            Map.entry("serf-lan-bind", "serf_lan"),
            Map.entry("serf-wan-bind", "serf_wan"),
            Map.entry("serf-lan-allowed-cidrs", "serf_lan_allowed_cidrs"),
            Map.entry("serf-wan-allowed-cidrs", "serf_wan_allowed_cidrs"),
            Map.entry("join-wan", "start_join_wan"),
            Map.entry("retry-join-wan", "retry_join_wan"),
            Map.entry("retry-interval", "retry_interval"),
            Map.entry("retry-interval-wan", "retry_interval_wan"),
            Map.entry("retry-max", "retry_max"),
            Map.entry("retry-max-wan", "retry_max_wan"),
            Map.entry("primary-gateway", "primary_gateways"),
            Map.entry("segment", "segment"),
            Map.entry("protocol", "protocol"),
            Map.entry("raft-protocol", "raft_protocol"),
            Map.entry("default-query-time", "default_query_time"),
            Map.entry("max-query-time", "max_query_time"),
            Map.entry("ui-dir", "ui_dir"),
            Map.entry("ui-content-path", "ui_content_path"));

    /** Need none. */
    private static final Map<String, String> ALONE = Map.ofEntries(
            Map.entry("ui", "ui"),
            Map.entry("rejoin", "rejoin_after_leave"),
            Map.entry("syslog", "enable_syslog"),
            Map.entry("disable-host-node-id", "disable_host_node_id"),
            Map.entry("disable-keyring-file", "disable_keyring_file"),
            Map.entry("allow-write-http-from", "http_config"),
            Map.entry("non-voting-server", "non_voting_server"),
            Map.entry("read-replica", "read_replica"));

    private WithoutEffect() {}

    /** Adds them all, hidden from the help. */
    static void addTo(CommandSpec command) {
        WITH_VALUE.keySet().forEach(flag -> command.addOption(option(flag, "1")));
        ALONE.keySet().forEach(flag -> command.addOption(option(flag, "0..1")));
    }

    private static OptionSpec option(String flag, String arity) {
        return OptionSpec.builder("-" + flag, "--" + flag)
                .type(String[].class)
                .auxiliaryTypes(String.class)
                .arity(arity)
                .fallbackValue("true")
                .hidden(true)
                .build();
    }

    /** Those that were given, by key. */
    static Map<String, @Nullable Object> given(CommandSpec command) {
        Map<String, @Nullable Object> given = new LinkedHashMap<>();
        for (Map<String, String> table : List.of(WITH_VALUE, ALONE)) {
            table.forEach((flag, key) -> {
                OptionSpec option = command.findOption("-" + flag);
                if (option != null && option.getValue() instanceof String[] values && values.length > 0) {
                    given.put(key, values[values.length - 1]);
                }
            });
        }
        return given;
    }
}
