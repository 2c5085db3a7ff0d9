package tickets.benchmarks.killanywhere;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Journal;
import tickets.benchmarks.killanywhere.Workload.Channel;
import tickets.benchmarks.killanywhere.Workload.Draft;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tickets.contract.Topics;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Sends the tickets as patient clients do. Who calls by HTTP repeats a call that was refused or not
 * answered, under the same task_id or Idempotency-Key, with a pause that doubles; who publishes to
 * Kafka has an idempotent producer that tries for minutes. The rate follows the faults, so that
 * both end together, and waits where the product is far behind.
 */
final class Load implements AutoCloseable {

  /** Below what two cores can score, beside everything else that runs on them. */
  private static final double MOST_A_SECOND = 60;

  /**
   * With so many tickets taken and not decided, no new ones are sent: faults are to strike a
   * pipeline that works, not one that a busy machine is too slow for.
   */
  private static final int MOST_UNDECIDED = 300;

  private static final Duration SYNC_PATIENCE = Duration.ofSeconds(15);
  private static final Duration ASYNC_PATIENCE = Duration.ofSeconds(5);
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long LONGEST_PAUSE_MILLIS = 4_000;
  private static final int KAFKA_PATIENCE_MILLIS = 10 * 60 * 1_000;

  /** A call that is answered wrongly this often is given up and counted as such. */
  private static final int WRONG_ANSWERS = 5;

  /**
   * What a client got for its ticket.
   *
   * @param id the ticket's id, as the product or the client named it
   * @param how 202, 200 or 504 of HTTP; 0 is Kafka's acknowledgement
   * @param attempts calls or sends it took
   * @param position on {@code tickets}, where the client was told it
   */
  record Accepted(
      int number,
      String id,
      int how,
      int attempts,
      Evidence.@Nullable Position position,
      Instant at) {}

  private record Sent(
      int number,
      Channel channel,
      @Nullable String id,
      @Nullable String idempotencyKey,
      @Nullable String textSha256,
      @Nullable String flaw,
      Instant at) {}

  private final Servers.Endpoints at;
  private final Workload workload;
  private final int tickets;
  private final DoubleSupplier secondsLeft;
  private final SignsOfLife signs;
  private final Journal sentFile;
  private final Journal acceptedFile;

  private final Map<Integer, Accepted> accepted = new ConcurrentHashMap<>();
  private final Map<Integer, Integer> refused = new ConcurrentHashMap<>();
  private final Map<Integer, String> wrong = new ConcurrentHashMap<>();
  private final Map<String, Integer> answers = new ConcurrentHashMap<>();
  private final AtomicInteger sent = new AtomicInteger();
  private final ScheduledExecutorService timer =
      Executors.newScheduledThreadPool(
          2,
          task -> {
            Thread thread = new Thread(task, "http-clients");
            thread.setDaemon(true);
            return thread;
          });
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final BlockingQueue<Publication> toPublish = new LinkedBlockingQueue<>();
  private volatile boolean closed;

  private record Publication(Draft draft, int attempt) {}

  /**
   * @param secondsLeft how long the faults will go on, as far as one can tell; 0 when all are over
   */
  Load(
      Servers.Endpoints at,
      Workload workload,
      int tickets,
      DoubleSupplier secondsLeft,
      SignsOfLife signs,
      Journal sentFile,
      Journal acceptedFile) {
    this.at = at;
    this.workload = workload;
    this.tickets = tickets;
    this.secondsLeft = secondsLeft;
    this.signs = signs;
    this.sentFile = sentFile;
    this.acceptedFile = acceptedFile;
  }

  void start() {
    daemon(this::pace, "load-pace");
    daemon(this::publish, "kafka-clients");
  }

  private static void daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  int tickets() {
    return tickets;
  }

  int sent() {
    return sent.get();
  }

  int settled() {
    return accepted.size() + refused.size() + wrong.size();
  }

  boolean done() {
    return settled() == tickets;
  }

  /** By the tickets' numbers. */
  Map<Integer, Accepted> accepted() {
    return Map.copyOf(accepted);
  }

  /** Malformed tickets that were told so by HTTP: number and status. */
  Map<Integer, Integer> refused() {
    return Map.copyOf(refused);
  }

  /** Answers that no client should get, by the ticket's number. */
  Map<Integer, String> wrong() {
    return Map.copyOf(wrong);
  }

  /** How often each status or failure was met. */
  Map<String, Integer> answers() {
    return new TreeMap<>(answers);
  }

  private void pace() {
    double credit = 1;
    long before = System.nanoTime();
    try {
      while (sent.get() < tickets && !closed) {
        TimeUnit.MILLISECONDS.sleep(10);
        long now = System.nanoTime();
        double left = secondsLeft.getAsDouble();
        double rate =
            accepted.size() - signs.decided() > MOST_UNDECIDED
                ? 0
                : left <= 0
                    ? MOST_A_SECOND
                    : Math.min(MOST_A_SECOND, (tickets - sent.get()) / left);
        credit = Math.min(MOST_A_SECOND, credit + rate * (now - before) / 1e9);
        before = now;
        for (; credit >= 1 && sent.get() < tickets; credit--) {
          send(workload.draft(sent.getAndIncrement()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(Draft draft) {
    sentFile.write(
        new Sent(
            draft.number(),
            draft.channel(),
            draft.id(),
            draft.idempotencyKey(),
            draft.textSha256(),
            draft.flaw(),
            Instant.now()));
    if (draft.channel() == Channel.KAFKA) {
      toPublish.add(new Publication(draft, 1));
    } else {
      call(draft, 1, 0);
    }
  }

  private void count(String answer) {
    answers.merge(answer, 1, Integer::sum);
  }

  private void accept(Accepted taken) {
    if (accepted.putIfAbsent(taken.number(), taken) == null) {
      acceptedFile.write(taken);
    }
  }

  // HTTP

  private void call(Draft draft, int attempt, int wrongAnswers) {
    boolean sync = draft.channel() == Channel.HTTP_SYNC;
    byte[] body = draft.value() == null ? new byte[0] : draft.value();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    at.http() + (sync ? "/v1/bert_prediction" : "/v1/bert_prediction_async")))
            .timeout(sync ? SYNC_PATIENCE : ASYNC_PATIENCE)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (draft.idempotencyKey() != null) {
      request.header("Idempotency-Key", draft.idempotencyKey());
    }
    Instant began = Instant.now();
    http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                count(
                    (sync ? "sync " : "async ")
                        + (cause instanceof IOException ? "" : "! ")
                        + cause.getClass().getSimpleName());
                again(draft, attempt, wrongAnswers, 0);
              } else {
                count((sync ? "sync " : "async ") + answer.statusCode());
                answered(draft, attempt, wrongAnswers, began, answer);
              }
            });
  }

  private void again(Draft draft, int attempt, int wrongAnswers, long atLeastMillis) {
    if (closed) {
      return;
    }
    long doubled = FIRST_PAUSE_MILLIS << Math.min(attempt - 1, 10);
    long pause = Math.max(atLeastMillis, Math.min(LONGEST_PAUSE_MILLIS, doubled));
    long scattered = pause / 2 + ThreadLocalRandom.current().nextLong(pause);
    timer.schedule(() -> call(draft, attempt + 1, wrongAnswers), scattered, TimeUnit.MILLISECONDS);
  }

  private void answered(
      Draft draft, int attempt, int wrongAnswers, Instant began, HttpResponse<String> answer) {
    int status = answer.statusCode();
    String id = taskId(answer.body());
    if (draft.malformed()) {
      if (status == 400) {
        refused.put(draft.number(), status);
      } else if (status == 503 || status == 429) {
        again(draft, attempt, wrongAnswers, 0);
      } else {
        wrong(draft, attempt, wrongAnswers, answer);
      }
      return;
    }
    switch (status) {
      case 200, 202, 504 -> {
        if (id == null || (draft.id() != null && !draft.id().equals(id))) {
          wrong(draft, attempt, wrongAnswers, answer);
          return;
        }
        accept(new Accepted(draft.number(), id, status, attempt, null, Instant.now()));
        if (status != 504) {
          signs.seen(
              status == 200 ? SignsOfLife.Sign.ANSWERED : SignsOfLife.Sign.TAKEN_BY_HTTP, began);
        }
      }
      case 429, 503 ->
          again(
              draft,
              attempt,
              wrongAnswers,
              Math.min(
                  LONGEST_PAUSE_MILLIS,
                  1_000 * answer.headers().firstValueAsLong("Retry-After").orElse(0)));
      default -> wrong(draft, attempt, wrongAnswers, answer);
    }
  }

  private void wrong(Draft draft, int attempt, int wrongAnswers, HttpResponse<String> answer) {
    if (wrongAnswers + 1 == WRONG_ANSWERS) {
      wrong.put(draft.number(), answer.statusCode() + " " + answer.body());
    } else {
      again(draft, attempt, wrongAnswers + 1, 0);
    }
  }

  private static @Nullable String taskId(String body) {
    try {
      JsonNode id = EventJson.mapper().readTree(body).get("task_id");
      return id != null && id.isString() ? id.stringValue() : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  // Kafka

  private void publish() {
    KafkaProducer<byte[], byte[]> producer = producer();
    AtomicInteger failures = new AtomicInteger();
    int seenFailures = 0;
    try {
      while (!closed) {
        Publication next = toPublish.poll(200, TimeUnit.MILLISECONDS);
        if (failures.get() > seenFailures) {
          // A producer that failed may be past use: as a new process would, begin with another.
          seenFailures = failures.get();
          producer.close(Duration.ofSeconds(1));
          producer = producer();
        }
        if (next == null) {
          continue;
        }
        Instant began = Instant.now();
        try {
          producer.send(
              new ProducerRecord<>(Topics.TICKETS, next.draft().key(), next.draft().value()),
              (metadata, failure) -> {
                if (failure == null) {
                  published(next, began, metadata);
                } else {
                  notPublished(next, failure, failures);
                }
              });
        } catch (RuntimeException e) {
          notPublished(next, e, failures);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      producer.close(Duration.ofSeconds(1));
    }
  }

  private void published(Publication publication, Instant began, RecordMetadata metadata) {
    count("kafka acknowledged");
    Draft draft = publication.draft();
    Evidence.Position position =
        new Evidence.Position(metadata.topic(), metadata.partition(), metadata.offset());
    String id = draft.id();
    accept(
        new Accepted(
            draft.number(),
            id == null ? Evidence.idOf(position) : id,
            0,
            publication.attempt(),
            position,
            Instant.now()));
    signs.seen(SignsOfLife.Sign.TAKEN_BY_KAFKA, began);
  }

  private void notPublished(Publication publication, Exception failure, AtomicInteger failures) {
    count("kafka " + failure.getClass().getSimpleName());
    failures.incrementAndGet();
    toPublish.add(new Publication(publication.draft(), publication.attempt() + 1));
  }

  private KafkaProducer<byte[], byte[]> producer() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, at.kafka());
    settings.put(ProducerConfig.CLIENT_ID_CONFIG, "kill-anywhere");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, KAFKA_PATIENCE_MILLIS);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, KAFKA_PATIENCE_MILLIS);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Ends the sending; what is under way is not waited for. */
  @Override
  public void close() {
    closed = true;
    timer.shutdownNow();
  }
}
