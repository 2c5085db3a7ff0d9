package tickets.ingest.status;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The servers this service uses, for {@code /actuator/health}. They are no part of its probes: with
 * one of them away the service still has answers to give, and restarting it would not help.
 */
@Configuration(proxyBeanMethods = false)
class ComponentHealth {

  @Bean
  CompositeHealthContributor serversHealthContributor(ServiceStatus status) {
    Map<String, HealthIndicator> servers = new LinkedHashMap<>();
    for (String component : ServiceStatus.COMPONENTS) {
      servers.put(component, () -> health(status.failure(component)));
    }
    return CompositeHealthContributor.fromMap(servers);
  }

  private static Health health(@Nullable String failure) {
    return failure == null
        ? Health.up().build()
        : Health.down().withDetail("error", failure).build();
  }
}
