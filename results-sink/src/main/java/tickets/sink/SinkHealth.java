package tickets.sink;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.event.ConsumerStoppedEvent;
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

  private static final Logger log = LoggerFactory.getLogger(SinkHealth.class);

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
   * Liveness is broken when a listener has stopped for good, as by an error of the JVM: a restart
   * mends that, and nothing else does.
   */
  static ApplicationListener<ConsumerStoppedEvent> liveness(ApplicationEventPublisher publisher) {
    return stopped -> {
      if (stopped.getReason() != ConsumerStoppedEvent.Reason.NORMAL) {
        log.error(
            "A listener has stopped for good ({}). Restart this service; what is not stored waits in"
                + " Kafka",
            stopped.getReason());
        AvailabilityChangeEvent.publish(publisher, stopped, LivenessState.BROKEN);
      }
    };
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
