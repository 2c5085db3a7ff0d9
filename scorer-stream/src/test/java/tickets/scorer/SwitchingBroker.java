package tickets.scorer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.EventJson;
import tickets.contract.ModelCommand;
import tickets.contract.ScorerStatus;
import tickets.contract.Topics;
import tickets.embedded.EmbeddedKafka;

/**
 * A broker of one test class, since commands are for all scorers of a broker; and two models: the
 * bundled one and the same under another version.
 */
final class SwitchingBroker implements AutoCloseable {

  static final Duration LIMIT = Duration.ofSeconds(90);

  private static final Path BUNDLED =
      Path.of("../models/ticket-priority-ru-en").toAbsolutePath().normalize();

  private final EmbeddedKafka broker;
  private final TestKafka kafka;
  private final Path models;
  private final KafkaProducer<byte[], byte[]> producer;
  private long epoch;

  SwitchingBroker(Path directory) throws IOException {
    broker = EmbeddedKafka.start(directory.resolve("kafka"), "127.0.0.1", 0);
    kafka = TestKafka.at(broker.bootstrapServers());
    models = Files.createDirectory(directory.resolve("models"));
    copyModel("first", "1.0.0");
    copyModel("second", "2.0.0");
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  private void copyModel(String name, String version) throws IOException {
    Path copy = Files.createDirectory(models.resolve(name));
    try (Stream<Path> files = Files.list(BUNDLED)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(file.getFileName());
        if (file.endsWith("priority.json")) {
          String manifest = Files.readString(file);
          Files.writeString(
              target, manifest.replaceFirst("(\"version\": *\")[^\"]*", "$1" + version));
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  TestKafka kafka() {
    return kafka;
  }

  Path models() {
    return models;
  }

  KafkaProducer<byte[], byte[]> producer() {
    return producer;
  }

  /** What a scorer is started with, to score with the first model. */
  String[] arguments(Path state, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--scorer.kafka-bootstrap-servers=" + broker.bootstrapServers(),
                "--scorer.model-path=" + models.resolve("first"),
                "--scorer.models-dir=" + models,
                "--scorer.state-dir=" + state,
                "--server.port=0"));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  ConfigurableApplicationContext start(Path state, String... more) {
    return ScorerStream.application().run(arguments(state, more));
  }

  /** Commands a model; returns the command's epoch. */
  long command(@Nullable String path, @Nullable String digest) {
    epoch++;
    ModelCommand command =
        new ModelCommand(
            epoch, path, digest, ModelCommand.Target.OF_THE_START, Instant.now(), "test");
    producer.send(
        new ProducerRecord<>(
            Topics.COMMANDS,
            ModelCommand.KEY.getBytes(StandardCharsets.UTF_8),
            EventJson.write(command)));
    producer.flush();
    return epoch;
  }

  /** Waits until one of the scorers says so. */
  ScorerStatus awaitStatus(Predicate<ScorerStatus> wanted) {
    Map<String, ScorerStatus> newest = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "auto.offset.reset", "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
        partitions.add(new TopicPartition(Topics.STATUS, partition));
      }
      reader.assign(partitions);
      return Awaitility.await("a scorer's report")
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
                  note(newest, record);
                }
                return newest.values().stream().filter(wanted).findFirst();
              },
              found -> found.isPresent())
          .orElseThrow();
    }
  }

  private static void note(
      Map<String, ScorerStatus> newest, ConsumerRecord<byte[], byte[]> record) {
    String scorer = new String(record.key(), StandardCharsets.UTF_8);
    try {
      if (record.value() == null) {
        newest.remove(scorer);
      } else {
        newest.put(scorer, ScorerStatus.fromRecord(record.value()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    producer.close();
    broker.close();
  }
}
