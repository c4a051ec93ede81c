package dev.coord.client;

import dev.coord.api.v1.Check;
import dev.coord.api.v1.CheckStatus;
import java.util.List;

/** How well an instance is, best first. */
public enum Health {
    PASSING,
    WARNING,
    CRITICAL;

    CheckStatus message() {
        return switch (this) {
            case PASSING -> CheckStatus.CHECK_STATUS_PASSING;
            case WARNING -> CheckStatus.CHECK_STATUS_WARNING;
            case CRITICAL -> CheckStatus.CHECK_STATUS_CRITICAL;
        };
    }

    /** The worst of the checks; PASSING when there is none. */
    static Health worst(List<Check> checks) {
        Health worst = PASSING;
        for (Check check : checks) {
            Health health =
                    switch (check.getStatus()) {
                        case CHECK_STATUS_PASSING -> PASSING;
                        case CHECK_STATUS_WARNING -> WARNING;
                        default -> CRITICAL;
                    };
            worst = health.compareTo(worst) > 0 ? health : worst;
        }
        return worst;
    }
}
