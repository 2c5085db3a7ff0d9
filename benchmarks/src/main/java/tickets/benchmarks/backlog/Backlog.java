package tickets.benchmarks.backlog;

import static tickets.benchmarks.Figures.round;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tickets.benchmarks.Progress;
import tickets.benchmarks.Texts;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.benchmarks.processes.Usage;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/**
 * Fills {@code tickets} while no scorer runs, and measures how quickly it scores once it does: a
 * short backlog first, then a long one for some time. The sink is stopped meanwhile, so that it is
 * the scorer that is measured.
 */
public final class Backlog {

  private static final String USAGE =
      """
      Usage: benchmarks/backlog [--tickets N] [--short N] [--seconds N]
             benchmarks/backlog --stub [--tickets N] [--sink]

      Measures how quickly a long backlog on the topic is scored, and in how much memory.
        --tickets N  the long backlog (1000000)
        --short N    the short one, to compare with (6000)
        --seconds N  how long the long one is scored (180)
        --stub       without tokenizer and model, to their ends: 1000 tickets, ten times as many, and so on to N
        --sink       then what the scorer wrote through the sink, and as many again through both at once
      """;

  private static final int SAMPLE_SECONDS = 5;

  /** Not counted: the JVM's compiler has to see the work first. */
  private static final int WARM_UP_SECONDS = 20;

  private final Servers servers;
  private final Texts texts;
  private long published;

  private Backlog(Path home, Servers servers) {
    this.servers = servers;
    this.texts = new Texts(home);
  }

  /** How far the scorer was at one moment, and its memory in MiB. */
  record Sample(double second, long scored, double scorerCpuSeconds, double pssMib) {}

  /**
   * One backlog.
   *
   * @param perCpuSecond of the scorer's process
   */
  record Drained(
      long backlog,
      double perSecond,
      double perCpuSecond,
      double firstPssMib,
      double lastPssMib,
      List<Sample> samples) {}

  record Result(Instant began, Drained shortOne, Drained longOne, double rate, double cpuRate) {
    String lastLine() {
      return String.format(
          Locale.ROOT,
          "tickets=%d rate=%.2f rate_per_cpu_second=%.2f memory_growth=%.2f",
          longOne.backlog(),
          rate,
          cpuRate,
          longOne.lastPssMib() / longOne.firstPssMib());
    }
  }

  public static void main(String[] arguments) {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    Map<String, Integer> numbers = new LinkedHashMap<>();
    numbers.put("--tickets", 1_000_000);
    numbers.put("--short", 6_000);
    numbers.put("--seconds", 180);
    Set<String> chosen = new HashSet<>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--stub") || arguments[i].equals("--sink")) {
        chosen.add(arguments[i]);
        continue;
      }
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      if (!numbers.containsKey(arguments[i]) || !value.matches("[1-9][0-9]{0,7}")) {
        System.err.print(USAGE);
        System.exit(2);
      }
      numbers.put(arguments[i], Integer.parseInt(value));
      i++;
    }
    int exit = 2;
    try {
      Path work = home.resolve("benchmarks/target/backlog/" + System.currentTimeMillis());
      Files.createDirectories(work);
      System.setProperty("benchmarks.log", work.resolve("harness.log").toString());
      int tickets = numbers.getOrDefault("--tickets", 0);
      if (chosen.contains("--stub")) {
        StubBacklog.Result result = StubBacklog.run(home, work, tickets, chosen.contains("--sink"));
        write(work, result);
        System.out.println(result.lastLine());
      } else {
        Result result =
            run(
                home,
                work,
                numbers.getOrDefault("--short", 0),
                tickets,
                numbers.getOrDefault("--seconds", 0));
        write(work, result);
        System.out.println(result.lastLine());
      }
      exit = 0;
    } catch (Exception e) {
      System.err.println("The run could not be made: " + e.getMessage());
      e.printStackTrace();
    }
    System.exit(exit);
  }

  private static void write(Path work, Object result) throws IOException {
    Files.writeString(
        work.resolve("result.json"),
        EventJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(result) + "\n");
    System.out.println("result.json: " + work);
  }

  private static Result run(Path home, Path work, int shortOne, int longOne, int seconds)
      throws Exception {
    Servers servers = new Servers(home, work, Servers.Setup.atFullSpeed());
    Runtime.getRuntime().addShutdownHook(new Thread(servers::close, "on-ctrl-c"));
    servers.start();
    return new Backlog(home, servers).run(shortOne, longOne, seconds);
  }

  private Result run(int shortOne, int longOne, int seconds) throws Exception {
    Instant began = Instant.now();
    servers.of(Role.SINK).terminate();
    Drained little = drain(shortOne, seconds);
    Drained much = drain(longOne, seconds);
    return new Result(
        began,
        little,
        much,
        Math.round(100 * much.perSecond() / little.perSecond()) / 100.0,
        Math.round(100 * much.perCpuSecond() / little.perCpuSecond()) / 100.0);
  }

  private Drained drain(int tickets, int seconds) throws Exception {
    servers.of(Role.SCORER).terminate();
    publish(tickets);
    servers.of(Role.SCORER).start();
    List<Sample> samples = new ArrayList<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.endpoints().kafka()))) {
      long before = committed(admin);
      while (committed(admin) == before) {
        TimeUnit.MILLISECONDS.sleep(200);
      }
      long start = System.nanoTime();
      double second = 0;
      while (second < WARM_UP_SECONDS + seconds && committed(admin) < published) {
        TimeUnit.SECONDS.sleep(SAMPLE_SECONDS);
        long scored = committed(admin);
        second = (System.nanoTime() - start) / 1e9;
        Usage.Of usage = Usage.of(servers.of(Role.SCORER).processes());
        if (second >= WARM_UP_SECONDS && scored < published) {
          samples.add(
              new Sample(round(second), scored, round(usage.cpuSeconds()), round(usage.pssMib())));
        }
        Progress.line("%d of %d scored, %.0f MiB", scored, published, usage.pssMib());
      }
    }
    if (samples.size() < 2) {
      throw new IllegalStateException("Scored before it could be measured: ask for more tickets");
    }
    Sample first = samples.get(0);
    Sample last = samples.get(samples.size() - 1);
    double scored = last.scored() - first.scored();
    return new Drained(
        tickets,
        round(scored / (last.second() - first.second())),
        round(scored / (last.scorerCpuSeconds() - first.scorerCpuSeconds())),
        first.pssMib(),
        last.pssMib(),
        samples);
  }

  private void publish(int tickets) {
    Progress.line("Publishing %d tickets", tickets);
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers.endpoints().kafka(), "linger.ms", 20),
            new StringSerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < tickets; i++) {
        String text = texts.distinct(published++);
        producer.send(
            new ProducerRecord<>(
                Topics.TICKETS, "b-" + published, EventJson.write(Map.of("text", text))));
      }
    }
  }

  private static long committed(Admin admin)
      throws InterruptedException, ExecutionException, TimeoutException {
    return admin
        .listConsumerGroupOffsets(ConsumerGroups.SCORER)
        .partitionsToOffsetAndMetadata()
        .get(20, TimeUnit.SECONDS)
        .values()
        .stream()
        .mapToLong(offset -> offset == null ? 0 : offset.offset())
        .sum();
  }
}
