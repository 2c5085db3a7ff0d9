package tickets.scorer;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jackson.JacksonEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.application.AvailabilityHealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.jvm.JvmMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.system.SystemMetricsAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.actuate.web.server.NettyReactiveManagementContextAutoConfiguration;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.actuate.endpoint.web.WebFluxHealthEndpointExtensionAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.error.ErrorWebFluxAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.http.client.ReactorResourceFactory;
import tickets.contract.KafkaWatch;
import tickets.contract.Lane;
import tickets.scorer.batch.BatchLimits;
import tickets.scorer.batch.BatchPace;
import tickets.scorer.batch.BatchScoring;
import tickets.scorer.explain.AnswerExplanations;
import tickets.scorer.explain.ExplanationMeters;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.shadow.ShadowScoring;
import tickets.scorer.switching.SwitchableEngine;

/**
 * The scorer as an application: loads the model, then reads tickets and writes their priorities
 * until it is stopped. Without a usable model it does not start.
 *
 * <p>Its only HTTP is for machines: probes and meters on the management port.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableConfigurationProperties(ScorerProperties.class)
@ImportAutoConfiguration({
  // What any application needs.
  ConfigurationPropertiesAutoConfiguration.class,
  PropertyPlaceholderAutoConfiguration.class,
  LifecycleAutoConfiguration.class,
  ApplicationAvailabilityAutoConfiguration.class,
  ValidationAutoConfiguration.class,
  // The management port.
  SslAutoConfiguration.class,
  JacksonAutoConfiguration.class,
  CodecsAutoConfiguration.class,
  HttpHandlerAutoConfiguration.class,
  WebFluxAutoConfiguration.class,
  ErrorWebFluxAutoConfiguration.class,
  NettyReactiveWebServerAutoConfiguration.class,
  // Probes.
  EndpointAutoConfiguration.class,
  JacksonEndpointAutoConfiguration.class,
  WebEndpointAutoConfiguration.class,
  ManagementContextAutoConfiguration.class,
  NettyReactiveManagementContextAutoConfiguration.class,
  HealthContributorRegistryAutoConfiguration.class,
  HealthContributorAutoConfiguration.class,
  HealthEndpointAutoConfiguration.class,
  AvailabilityHealthContributorAutoConfiguration.class,
  AvailabilityProbesAutoConfiguration.class,
  WebFluxHealthEndpointExtensionAutoConfiguration.class,
  // Meters.
  MetricsAutoConfiguration.class,
  CompositeMeterRegistryAutoConfiguration.class,
  PrometheusMetricsExportAutoConfiguration.class,
  SimpleMetricsExportAutoConfiguration.class,
  JvmMetricsAutoConfiguration.class,
  SystemMetricsAutoConfiguration.class
})
public class ScorerStream {
  private static final Logger log = LoggerFactory.getLogger(ScorerStream.class);

  public static void main(String[] args) {
    application().run(args);
  }

  /** The application as {@code main} starts it, for those who start it with other properties. */
  public static SpringApplicationBuilder application() {
    return new SpringApplicationBuilder(ScorerStream.class)
        .main(ScorerStream.class)
        .properties("spring.config.name=scorer-stream")
        .listeners(new EarlyModel());
  }

  /**
   * Unless the application was given another one in code: no setting does that.
   *
   * <p>Lazy, as all that needs it: the beans that do not are made while it loads.
   */
  @Bean
  @Lazy
  @ConditionalOnMissingBean(ScoringEngine.class)
  TicketScorer ticketScorer(EarlyModel.Loading model) {
    return model.await();
  }

  /** What scores: the engine of the start, until another model is commanded. */
  @Bean
  @Lazy
  SwitchableEngine switchableEngine(ScoringEngine first) {
    return new SwitchableEngine(first);
  }

  @Bean
  @Lazy
  ScorerMeters scorerMeters(
      MeterRegistry registry, ScorerProperties scorer, SwitchableEngine engine) {
    ServiceLevel promised = new ServiceLevel(scorer.sla(), () -> engine.manifest().mostUrgent());
    return new ScorerMeters(registry, promised, InstantSource.system());
  }

  @Bean
  InstanceId instanceId(ScorerProperties scorer) {
    return InstanceId.claim(scorer.stateDir());
  }

  @Bean
  @Lazy
  ModelSwitching modelSwitching(
      ScorerProperties scorer,
      SwitchableEngine engine,
      InstanceId instance,
      ShadowScoring shadow,
      ScorerMeters meters) {
    return new ModelSwitching(scorer, engine, instance.id(), shadow::model, meters);
  }

  /** Scores only where SHADOW_MODEL_PATH says so. */
  @Bean(destroyMethod = "stop")
  @Lazy
  ShadowScoring shadowScoring(ScorerProperties scorer, MeterRegistry registry) {
    ShadowScoring shadow =
        new ShadowScoring(
            new ShadowScoring.Setup(
                () -> scorer.loadModel(Path.of(scorer.shadowModelPath())).onOneCore(),
                scorer.kafkaClient(),
                scorer.shadowMaxLag(),
                scorer.textMaxChars(),
                scorer.redact(),
                TicketScorer::busyCores,
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)::getCpuLoad),
            registry);
    if (!scorer.shadowModelPath().isBlank()) {
      shadow.start();
    }
    return shadow;
  }

  /** Made at last, when the application's life cycle begins. */
  @Bean
  @Lazy
  RunningScorers runningScorers(
      ScorerProperties scorer,
      ScoringEngine first,
      SwitchableEngine engine,
      ModelSwitching switching,
      ScorerMeters meters,
      InstanceId instance) {
    ModelManifest manifest = first.manifest();
    int cores = Runtime.getRuntime().availableProcessors();
    double speed = first.warmUp();
    BatchLimits most = scorer.batchLimits(manifest.maxTokens());
    RecentCalls calls = new RecentCalls(System::nanoTime);
    log.info(
        "Model {} {} (digest {}) in {}: {} tokens a second on a core, {} threads for callers and {} for"
            + " events, batches of at most {} tickets or {} tokens",
        manifest.name(),
        manifest.version(),
        manifest.digest(),
        manifest.precision(),
        Math.round(speed),
        scorer.threads(Lane.INTERACTIVE, cores),
        scorer.threads(Lane.TICKETS, cores),
        most.maxTickets(),
        most.maxTokens());
    return new RunningScorers(
        Arrays.stream(Lane.values())
            .map(
                lane -> {
                  boolean interactive = lane == Lane.INTERACTIVE;
                  // A batch of callers' tickets holds up nobody but its own callers.
                  BooleanSupplier hurry = interactive ? () -> false : calls::areThere;
                  BatchPace pace = new BatchPace(most, scorer.batchLatencyTarget(), hurry, speed);
                  engine.onSwitch(
                      next ->
                          pace.restart(
                              scorer.batchLimits(next.manifest().maxTokens()), next.warmUp()));
                  BatchScoring scoring =
                      interactive ? calls.noting(engine) : engine::scoreGivingWay;
                  return new RunningScorer(
                      lane,
                      () ->
                          ScoringTopology.build(
                              lane,
                              scoring,
                              pace,
                              scorer.textMaxChars(),
                              scorer.redact(),
                              scorer.storeText(),
                              scorer.retention(),
                              meters,
                              InstantSource.system(),
                              System::nanoTime),
                      StreamsSettings.of(lane, scorer, scorer.threads(lane, cores)),
                      scorer.retention(),
                      new StableTransactions(lane.scorerGroup(), instance.id()),
                      meters,
                      switching::awaitFirst);
                })
            .toList());
  }

  /** Made at last, as the scorers. */
  @Bean
  @Lazy
  AnswerExplanations answerExplanations(
      ScorerProperties scorer, SwitchableEngine engine, MeterRegistry registry) {
    return new AnswerExplanations(
        scorer.kafkaClient(),
        engine.asEngine(),
        scorer.textMaxChars(),
        InstantSource.system(),
        new ExplanationMeters(registry));
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
  KafkaWatch kafkaWatch(ScorerProperties scorer) {
    return KafkaWatch.start(scorer.kafkaClient());
  }

  /** Its name is a component's in the readiness probe. */
  @Bean
  ScorerHealth scorerHealthIndicator(
      ObjectProvider<RunningScorers> scorers, ObjectProvider<SwitchableEngine> engine) {
    return new ScorerHealth(scorers::getObject, () -> engine.getObject().manifest());
  }
}
