package tickets.sink;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.resource.Delay;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.postgresql.client.SSLMode;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.application.AvailabilityHealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.boot.kafka.autoconfigure.metrics.KafkaMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.jvm.JvmMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.logging.logback.LogbackMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.system.SystemMetricsAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.metrics.ConnectionPoolMetricsAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.actuate.web.server.NettyReactiveManagementContextAutoConfiguration;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.actuate.endpoint.web.WebFluxHealthEndpointExtensionAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.kafka.config.ContainerCustomizer;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.event.ConsumerStoppedEvent;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import tickets.contract.KafkaWatch;
import tickets.contract.access.PostgresAccess;

/**
 * The service that ends a ticket's path. Configured by {@code results-sink.yml}; runs alone or as
 * one of several contexts in a JVM, with or without its HTTP port, which has probes and metrics
 * only.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableConfigurationProperties(SinkProperties.class)
@ImportAutoConfiguration({
  ConfigurationPropertiesAutoConfiguration.class,
  PropertyPlaceholderAutoConfiguration.class,
  LifecycleAutoConfiguration.class,
  ApplicationAvailabilityAutoConfiguration.class,
  ValidationAutoConfiguration.class,
  SslAutoConfiguration.class,
  // Kafka, PostgreSQL, Redis
  KafkaAutoConfiguration.class,
  R2dbcAutoConfiguration.class,
  DataRedisAutoConfiguration.class,
  DataRedisReactiveAutoConfiguration.class,
  // Metrics
  MetricsAutoConfiguration.class,
  CompositeMeterRegistryAutoConfiguration.class,
  PrometheusMetricsExportAutoConfiguration.class,
  SimpleMetricsExportAutoConfiguration.class,
  JvmMetricsAutoConfiguration.class,
  SystemMetricsAutoConfiguration.class,
  LogbackMetricsAutoConfiguration.class,
  KafkaMetricsAutoConfiguration.class,
  ConnectionPoolMetricsAutoConfiguration.class,
  // Probes
  EndpointAutoConfiguration.class,
  WebEndpointAutoConfiguration.class,
  HealthContributorAutoConfiguration.class,
  HealthContributorRegistryAutoConfiguration.class,
  HealthEndpointAutoConfiguration.class,
  AvailabilityHealthContributorAutoConfiguration.class,
  AvailabilityProbesAutoConfiguration.class,
  ManagementContextAutoConfiguration.class,
  NettyReactiveManagementContextAutoConfiguration.class,
  WebFluxHealthEndpointExtensionAutoConfiguration.class,
  // HTTP
  JacksonAutoConfiguration.class,
  CodecsAutoConfiguration.class,
  HttpHandlerAutoConfiguration.class,
  WebFluxAutoConfiguration.class,
  NettyReactiveWebServerAutoConfiguration.class,
})
public class ResultsSink {

  /** How long Kafka may take for a rejection; the batch is tried again after that. */
  private static final Duration REJECTION_LIMIT = Duration.ofSeconds(5);

  private static final Set<String> FILL_REDIS =
      Set.of(
          AnnounceScores.GROUP,
          AnnounceCorrections.GROUP,
          AnnounceExplanations.GROUP,
          EraseFromCache.GROUP);

  public static void main(String[] args) {
    application().run(args);
  }

  /** The service as it starts anywhere; give it more properties as arguments of {@code run}. */
  public static SpringApplicationBuilder application() {
    return new SpringApplicationBuilder(ResultsSink.class)
        .properties("spring.config.name=results-sink")
        .bannerMode(Banner.Mode.OFF);
  }

  /** Every Kafka client is made from these. */
  @Bean
  static BeanPostProcessor kafkaAccess(ObjectProvider<SinkProperties> properties) {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof KafkaProperties kafka) {
          kafka.getProperties().putAll(properties.getObject().kafka().clientSettings());
        }
        return bean;
      }
    };
  }

  @Bean
  Postgres postgres(ConnectionFactory connections, SinkProperties properties) {
    return new Postgres(connections, properties.postgres().timeout());
  }

  @Bean
  NoteTickets noteTickets(Postgres postgres, SinkProperties properties, MeterRegistry registry) {
    return new NoteTickets(
        postgres,
        new TicketTable(),
        properties.textMaxChars(),
        properties.redact(),
        new SinkMeters(registry, NoteTickets.GROUP));
  }

  @Bean
  StoreScores storeScores(
      Postgres postgres, KafkaTemplate<byte[], byte[]> kafka, MeterRegistry registry) {
    return new StoreScores(
        postgres,
        new ScoreTable(),
        new TicketTable(),
        new UnstorableTickets(kafka, REJECTION_LIMIT),
        new SinkMeters(registry, StoreScores.GROUP));
  }

  @Bean
  ScoreCache scoreCache(ReactiveStringRedisTemplate redis, SinkProperties properties) {
    return new ScoreCache(
        redis,
        properties.outcomeCacheTtl(),
        properties.textCacheTtl(),
        properties.idempotencyTtl(),
        properties.retention().erasures(),
        properties.tenancy());
  }

  @Bean
  EraseRows eraseRows(Postgres postgres, MeterRegistry registry) {
    return new EraseRows(postgres, new ErasureTable(), new SinkMeters(registry, EraseRows.GROUP));
  }

  @Bean
  EraseFromCache eraseFromCache(
      ScoreCache cache, SinkProperties properties, MeterRegistry registry) {
    return new EraseFromCache(
        cache, properties.redis().batchTimeout(), new SinkMeters(registry, EraseFromCache.GROUP));
  }

  @Bean
  StoreCorrections storeCorrections(Postgres postgres, MeterRegistry registry) {
    return new StoreCorrections(
        postgres, new CorrectionTable(), new SinkMeters(registry, StoreCorrections.GROUP));
  }

  @Bean
  AnnounceCorrections announceCorrections(
      ReactiveStringRedisTemplate redis, SinkProperties properties, MeterRegistry registry) {
    return new AnnounceCorrections(
        new CorrectionCache(redis, properties.correctionCacheTtl()),
        properties.redis().batchTimeout(),
        new SinkMeters(registry, AnnounceCorrections.GROUP));
  }

  @Bean
  OldRows oldRows(Postgres postgres, SinkProperties properties) {
    return new OldRows(postgres, properties.predictionRetention(), properties.retention());
  }

  @Bean
  AnnounceScores announceScores(
      ScoreCache cache, SinkProperties properties, MeterRegistry registry) {
    return new AnnounceScores(
        cache, properties.redis().batchTimeout(), new SinkMeters(registry, AnnounceScores.GROUP));
  }

  @Bean
  AnnounceExplanations announceExplanations(
      ReactiveStringRedisTemplate redis, SinkProperties properties, MeterRegistry registry) {
    return new AnnounceExplanations(
        redis,
        properties.redis().batchTimeout(),
        new SinkMeters(registry, AnnounceExplanations.GROUP));
  }

  /** Its own threads: the shared ones would die with whichever context of a JVM closes first. */
  @Bean
  ReactorResourceFactory reactorResources() {
    ReactorResourceFactory resources = new ReactorResourceFactory();
    resources.setUseGlobalResources(false);
    resources.setShutdownQuietPeriod(Duration.ZERO);
    resources.setShutdownTimeout(Duration.ofSeconds(2));
    return resources;
  }

  @Bean
  KafkaWatch kafkaWatch(KafkaAdmin admin) {
    return KafkaWatch.start(admin.getConfigurationProperties());
  }

  @Bean
  Schema schema(SinkProperties properties) {
    return new Schema(properties.postgres());
  }

  @Bean
  StartListeners startListeners(
      KafkaListenerEndpointRegistry listeners,
      KafkaAdmin admin,
      Schema schema,
      OldRows oldRows,
      SinkProperties properties) {
    return new StartListeners(
        listeners, admin.getConfigurationProperties(), schema, oldRows, properties);
  }

  /** What no property of Spring Boot says about the listeners. */
  @Bean
  ContainerCustomizer<Object, Object, ConcurrentMessageListenerContainer<Object, Object>>
      listenerContainers(SinkProperties properties, MeterRegistry registry) {
    return container -> {
      String group = container.getListenerId();
      SinkMeters meters = new SinkMeters(registry, group);
      meters.lagLimit(properties.behindAfter());
      SinkFailures failures =
          new SinkFailures(
              group,
              FILL_REDIS.contains(group) ? "Redis" : "PostgreSQL",
              properties.retry(),
              meters);
      container.setCommonErrorHandler(failures);
      container.setBatchInterceptor(failures);
      container.getContainerProperties().setIdleEventInterval(IdleGroups.AFTER.toMillis());
    };
  }

  @Bean
  IdleGroups idleGroups() {
    return new IdleGroups();
  }

  @Bean
  ConnectionFactoryOptionsBuilderCustomizer postgresOptions(SinkProperties properties) {
    PostgresAccess access = properties.postgres().access();
    return options -> {
      options
          .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, Duration.ofSeconds(2))
          // The server gives up when this service does, so that no connection is held by the
          // dead.
          .option(
              PostgresqlConnectionFactoryProvider.STATEMENT_TIMEOUT,
              properties.postgres().timeout())
          .option(PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE, true)
          .option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "results-sink");
      if (access.tls() != PostgresAccess.Tls.DISABLE) {
        options.option(
            PostgresqlConnectionFactoryProvider.SSL_MODE,
            SSLMode.fromValue(access.tls().sslMode()));
      }
      if (!access.tlsCa().isEmpty()) {
        options.option(PostgresqlConnectionFactoryProvider.SSL_ROOT_CERT, access.tlsCa());
      }
    };
  }

  @Bean
  DataRedisConnectionDetails redisAddress(SinkProperties properties) {
    return new RedisAddress(properties.redis().access());
  }

  @Bean
  LettuceClientOptionsBuilderCustomizer redisOptions() {
    // No commands pile up in memory for a Redis that is away: Kafka keeps them.
    return options ->
        options
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .requestQueueSize(10_000);
  }

  @Bean
  ClientResourcesBuilderCustomizer redisReconnects() {
    return resources ->
        resources.reconnectDelay(
            Delay.exponential(
                Duration.ofMillis(50), Duration.ofSeconds(2), 2, TimeUnit.MILLISECONDS));
  }

  @Bean
  ReactiveHealthIndicator postgresHealthIndicator(ConnectionFactory connections) {
    return SinkHealth.postgres(connections);
  }

  @Bean
  ReactiveHealthIndicator redisHealthIndicator(ReactiveRedisConnectionFactory connections) {
    return SinkHealth.redis(connections);
  }

  @Bean
  HealthIndicator kafkaHealthIndicator(KafkaListenerEndpointRegistry listeners) {
    return SinkHealth.kafka(listeners);
  }

  @Bean
  ApplicationListener<ConsumerStoppedEvent> listenersAlive(ApplicationEventPublisher publisher) {
    return SinkHealth.liveness(publisher);
  }
}
