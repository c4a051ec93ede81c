package dev.coord.server.grpc;

import dev.coord.server.command.ClusterView;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.List;

/** {@code grpc.health.v1}: every service is SERVING while a leader is known, and only then. */
final class LeaderHealth {

    private final ClusterView view;
    private final List<String> services;
    private final HealthStatusManager statuses = new HealthStatusManager();

    LeaderHealth(ClusterView view, List<String> services) {
        this.view = view;
        this.services = services;
        look();
    }

    BindableService service() {
        return statuses.getHealthService();
    }

    /** Compares with the cluster; called by the timer alone. */
    void look() {
        ServingStatus status = view.leader().isPresent() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        statuses.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        services.forEach(service -> statuses.setStatus(service, status));
    }

    /** NOT_SERVING for good: the server is going to stop. */
    void stop() {
        statuses.enterTerminalState();
    }
}
