package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.GroupState;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.LivenessState;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Hooks;
import tickets.contract.CacheKeys;
import tickets.contract.Outcome;
import tickets.contract.Topics;

/** A store that is down stalls only itself, for as long as it takes, and loses nothing. */
@ExtendWith(Stores.InJvm.class)
class StoreOutageTest {

  private static final Instant T = Instant.parse("2026-11-25T10:00:01.250Z");
  private static final int TICKETS = 120;

  private final Stores stores;
  private final Addresses addresses;
  private final Publisher publisher;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<Throwable> dropped = new CopyOnWriteArrayList<>();
  private ConfigurableApplicationContext sink;

  StoreOutageTest(Stores stores) {
    this.stores = stores;
    this.addresses = stores.addresses();
    addresses.createTopics();
    this.publisher = new Publisher(addresses.kafka());
  }

  @BeforeEach
  void startService() {
    Hooks.onErrorDropped(dropped::add);
    sink = addresses.startSink();
    log.start();
    ((Logger) LoggerFactory.getLogger(SinkFailures.class)).addAppender(log);
  }

  @AfterEach
  void stop() {
    ((Logger) LoggerFactory.getLogger(SinkFailures.class)).detachAppender(log);
    sink.close();
    publisher.close();
    Hooks.resetOnErrorDropped();
    assertThat(dropped).as("what fails twice is told once").isEmpty();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(100));
  }

  @Test
  void postgresDownForMoreThanTenTriesLosesNothingAndDoesNotHoldUpRedis() throws Exception {
    String ids = Events.freshPrefix();
    publishOutcomes(ids + "before-", 1);
    soon().until(() -> addresses.predictions(ids).size() == 1);

    stores.stopPostgres();
    try {
      publishOutcomes(ids + "during-", TICKETS);
      publisher.publish(Topics.TICKETS, ids + "pending", "{\"text\": \"Help\"}");

      soon().until(() -> inRedis(ids + "during-") == TICKETS);
      soon()
          .until(() -> failedTries(StoreScores.GROUP) > 10 && failedTries(NoteTickets.GROUP) > 10);
      assertThat(failedTries(AnnounceScores.GROUP)).isZero();
      assertThat(messages("does not take"))
          .as("one line for each group, not for each try")
          .hasSize(2);
      assertThat(livenessOf(sink)).isEqualTo(LivenessState.CORRECT);
      assertEveryoneIsStillAMember();
    } finally {
      stores.startPostgres();
    }

    soon().until(() -> addresses.predictions(ids).size() == TICKETS + 1);
    soon().until(() -> addresses.tickets(ids).size() == TICKETS + 2);
    soon().until(() -> messages("has caught up").size() == 2);
    assertThat(messages("is back after")).hasSize(2);
    publishOutcomes(ids + "after-", 1);
    soon().until(() -> addresses.predictions(ids).size() == TICKETS + 2);
  }

  @Test
  void redisDownForMoreThanTenTriesLosesNothingAndDoesNotHoldUpPostgres() throws Exception {
    String ids = Events.freshPrefix();
    publishOutcomes(ids + "before-", 1);
    soon().until(() -> inRedis(ids + "before-") == 1);

    stores.stopRedis();
    try {
      publishOutcomes(ids + "during-", TICKETS);

      soon().until(() -> addresses.predictions(ids).size() == TICKETS + 1);
      soon().until(() -> failedTries(AnnounceScores.GROUP) > 10);
      assertThat(failedTries(StoreScores.GROUP)).isZero();
      assertThat(messages("does not take")).hasSize(1);
      assertThat(livenessOf(sink)).isEqualTo(LivenessState.CORRECT);
      assertEveryoneIsStillAMember();
    } finally {
      stores.startRedis();
    }

    soon().until(() -> inRedis(ids + "during-") == TICKETS);
    soon().until(() -> messages("has caught up").size() == 1);
  }

  @Test
  void aCorrectionIsSeenThroughTheStoreThatIsUpAndReachesTheOtherLater() {
    String ids = Events.freshPrefix();
    correct(ids + "before");
    soon().until(() -> addresses.corrections(ids).size() == 1);
    stores.stopPostgres();
    try {
      correct(ids + "a");
      soon().until(() -> addresses.redisValue(CacheKeys.correction(ids + "a")) != null);
      soon().until(() -> failedTries(StoreCorrections.GROUP) > 2);
      assertThat(failedTries(AnnounceCorrections.GROUP)).isZero();
    } finally {
      stores.startPostgres();
    }
    soon().until(() -> addresses.corrections(ids).size() == 2);

    stores.stopRedis();
    try {
      correct(ids + "b");
      soon().until(() -> addresses.corrections(ids).size() == 3);
      soon().until(() -> failedTries(AnnounceCorrections.GROUP) > 2);
    } finally {
      stores.startRedis();
    }
    soon().until(() -> addresses.redisValue(CacheKeys.correction(ids + "b")) != null);
  }

  private void correct(String id) {
    publisher.publish(Topics.CORRECTIONS, id, "{\"task_priority\": \"LABEL_0\"}");
  }

  @Test
  void storesThatHangLoseNothing() throws Exception {
    String ids = Events.freshPrefix();
    publishOutcomes(ids + "before-", 1);
    soon().until(() -> addresses.predictions(ids).size() == 1 && inRedis(ids + "before-") == 1);

    stores.suspend();
    try {
      publishOutcomes(ids + "during-", TICKETS);
      soon()
          .until(() -> failedTries(StoreScores.GROUP) > 2 && failedTries(AnnounceScores.GROUP) > 2);
      assertThat(readiness()).contains("RETRYING");
    } finally {
      stores.resume();
    }
    soon().until(() -> addresses.predictions(ids).size() == TICKETS + 1);
    soon().until(() -> inRedis(ids + "during-") == TICKETS);
  }

  @Test
  void theServiceStartsWhilePostgresIsDownAndStoresWhenItIsBack() {
    String ids = Events.freshPrefix();
    sink.close();
    stores.stopPostgres();
    try {
      sink = addresses.startSink();
      publishOutcomes(ids, TICKETS);
      soon().until(() -> inRedis(ids) == TICKETS);
    } finally {
      stores.startPostgres();
    }
    soon().until(() -> addresses.predictions(ids).size() == TICKETS);
  }

  @Test
  void theServiceStartsWhileRedisIsDownAndAnnouncesWhenItIsBack() {
    String ids = Events.freshPrefix();
    sink.close();
    stores.stopRedis();
    try {
      sink = addresses.startSink();
      publishOutcomes(ids, TICKETS);
      soon().until(() -> addresses.predictions(ids).size() == TICKETS);
    } finally {
      stores.startRedis();
    }
    soon().until(() -> inRedis(ids) == TICKETS);
  }

  @Test
  void theServiceStopsPromptlyWhileBothStoresAreDown() {
    String ids = Events.freshPrefix();
    publishOutcomes(ids + "before-", 1);
    soon().until(() -> addresses.predictions(ids).size() == 1);
    stores.stopPostgres();
    stores.stopRedis();
    try {
      publishOutcomes(ids, 1);
      soon()
          .until(() -> failedTries(StoreScores.GROUP) > 1 && failedTries(AnnounceScores.GROUP) > 1);
      await().atMost(Duration.ofSeconds(10)).until(() -> closed(sink));
    } finally {
      stores.startPostgres();
      stores.startRedis();
    }
  }

  private static boolean closed(ConfigurableApplicationContext context) {
    context.close();
    return !context.isActive();
  }

  private void publishOutcomes(String ids, int count) {
    publisher.publish(
        IntStream.range(0, count)
            .mapToObj(i -> Events.scored(ids + i, 0, i, T))
            .toArray(Outcome[]::new));
  }

  private long inRedis(String ids) {
    String[] keys =
        IntStream.range(0, TICKETS)
            .mapToObj(i -> CacheKeys.outcome(ids + i))
            .toArray(String[]::new);
    return addresses.redis(connection -> connection.sync().exists(keys));
  }

  private double failedTries(String group) {
    return sink.getBean(MeterRegistry.class)
        .get("tickets.sink.tries.failed")
        .tag("group", group)
        .counter()
        .count();
  }

  private static LivenessState livenessOf(ConfigurableApplicationContext context) {
    return context.getBean(ApplicationAvailability.class).getLivenessState();
  }

  private String readiness() throws Exception {
    String port = sink.getEnvironment().getRequiredProperty("local.server.port");
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + port + "/actuator/health/readiness"))
            .timeout(Duration.ofSeconds(10))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private List<String> messages(String part) {
    return List.copyOf(log.list).stream()
        .map(ILoggingEvent::getFormattedMessage)
        .filter(message -> message.contains(part))
        .toList();
  }

  private void assertEveryoneIsStillAMember() throws Exception {
    try (Admin admin = addresses.admin()) {
      var groups =
          admin
              .describeConsumerGroups(
                  List.of(NoteTickets.GROUP, StoreScores.GROUP, AnnounceScores.GROUP))
              .all()
              .get(20, TimeUnit.SECONDS);
      assertThat(groups.values())
          .allSatisfy(
              group -> {
                assertThat(group.groupState()).isEqualTo(GroupState.STABLE);
                assertThat(group.members()).hasSize(1);
              });
    }
  }
}
