package tickets.sink;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.Collection;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.listener.MessageListenerContainer;
import reactor.core.publisher.Mono;

/**
 * What the readiness probe shows. A store that is down is {@link #RETRYING}, not DOWN: this service
 * does then what it should, restarting or withdrawing it would mend nothing. Liveness never looks
 * at a store.
 */
final class SinkHealth {

  /** Not there now; tried again for ever. Counts as healthy (HTTP 200). */
  static final Status RETRYING = new Status("RETRYING", "Tried again with growing pauses");

  private static final Duration LIMIT = Duration.ofSeconds(1);

  private SinkHealth() {}

  static ReactiveHealthIndicator postgres(ConnectionFactory connections) {
    return () ->
        reached(
            Mono.usingWhen(
                connections.create(),
                connection -> Mono.from(connection.validate(ValidationDepth.REMOTE)),
                Connection::close));
  }

  static ReactiveHealthIndicator redis(ReactiveRedisConnectionFactory connections) {
    return () ->
        reached(
            Mono.usingWhen(
                Mono.fromSupplier(connections::getReactiveConnection),
                connection -> connection.ping(),
                connection -> connection.closeLater()));
  }

  private static Mono<Health> reached(Mono<?> answer) {
    return answer
        .timeout(LIMIT)
        .map(any -> Health.up().build())
        .onErrorResume(
            e ->
                Mono.just(
                    Health.status(RETRYING)
                        .withDetail("reason", SinkFailures.rootCause(e).toString())
                        .build()));
  }

  /**
   * DOWN if a listener has stopped, which it does only by a fault it can't recover from; RETRYING
   * while one is not started yet or has no partitions.
   */
  static HealthIndicator kafka(KafkaListenerEndpointRegistry listeners) {
    return () -> {
      Health.Builder health = Health.up();
      for (MessageListenerContainer container : listeners.getListenerContainers()) {
        Collection<?> partitions = container.getAssignedPartitions();
        int assigned = partitions == null ? 0 : partitions.size();
        health.withDetail(container.getListenerId(), assigned + " partitions");
        if (container.isRunning() && !container.isInExpectedState()) {
          return health.down().build();
        }
        if (assigned == 0) {
          health.status(RETRYING);
        }
      }
      return health.build();
    };
  }
}
