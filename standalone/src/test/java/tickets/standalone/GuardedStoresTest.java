package tickets.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.AclCommand;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.Sha256;
import tickets.contract.StageTimes;
import tickets.contract.Topics;
import tickets.contract.access.KafkaAccess;
import tickets.embedded.EmbeddedKafka;
import tickets.embedded.EmbeddedPostgres;
import tickets.embedded.EmbeddedRedis;
import tickets.embedded.ServerTls;
import tickets.embedded.TestCertificates;
import tickets.ingest.IngestApi;
import tickets.scorer.ScorerStream;
import tickets.sink.ResultsSink;
import tools.jackson.databind.JsonNode;

/**
 * The three services on stores that let in only whom they know: TLS to all three, a user for each
 * service, the ACLs of {@code deploy/kafka-acls} and the grants of the sink's migrations, and
 * nothing more.
 */
@DisplayName("On guarded stores")
@ExtendWith(OutputCaptureExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuardedStoresTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String LOOPBACK = "127.0.0.1";

  /** Stands in every password, so that one look finds any of them. */
  private static final String SECRET = "s3cr3t";

  private static final String INGEST = "ingest-api";
  private static final String SCORER = "scorer-stream";
  private static final String SINK = "results-sink";
  private static final String ADMIN = "admin";

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir static Path work;
  private static TestCertificates authority;
  private static EmbeddedKafka kafka;
  private static EmbeddedPostgres postgres;
  private static EmbeddedRedis redis;
  private static ConfigurableApplicationContext ingest;
  private static final Deque<AutoCloseable> running = new ArrayDeque<>();

  @BeforeAll
  static void start() throws Exception {
    authority = TestCertificates.in(work.resolve("tls"));
    ServerTls server = authority.issue("server");
    kafka =
        running(
            EmbeddedKafka.start(
                work.resolve("kafka"),
                LOOPBACK,
                0,
                new EmbeddedKafka.Guard(server, ADMIN, password(ADMIN))));
    postgres = running(EmbeddedPostgres.start(work.resolve("postgres"), 0, server));
    redis = running(EmbeddedRedis.start(work.resolve("redis"), 0, password("redis"), server));
    makeKafkaUsers();
    applyAclsAsAnOperatorWould();
    makeReader();
    makeRedisUser();
    run(ResultsSink.application().web(WebApplicationType.NONE), SINK, sinkSettings());
    run(ScorerStream.application().web(WebApplicationType.NONE), SCORER, scorerSettings());
    ingest = run(IngestApi.application(), INGEST, ingestSettings());
    await().atMost(LIMIT).until(() -> get(ingest, "/status").statusCode() == 200);
  }

  @AfterAll
  static void stop() throws Exception {
    while (!running.isEmpty()) {
      running.pop().close();
    }
  }

  private static <T extends AutoCloseable> T running(T part) {
    running.push(part);
    return part;
  }

  /** With what has to be escaped wherever it goes. */
  private static String password(String user) {
    return user.equals(ADMIN) ? SECRET + "-admin" : SECRET + "-" + user + " \"'\\;$@:/%20";
  }

  private static void makeKafkaUsers() throws Exception {
    try (Admin admin = Admin.create(kafkaClient(ADMIN))) {
      admin
          .alterUserScramCredentials(List.of(scram(INGEST), scram(SCORER), scram(SINK)))
          .all()
          .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static UserScramCredentialUpsertion scram(String user) {
    return new UserScramCredentialUpsertion(
        user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password(user));
  }

  /** {@code deploy/kafka-acls | xargs -L1 kafka-acls.sh …}, by the class that this script runs. */
  private static void applyAclsAsAnOperatorWould() throws Exception {
    Properties login = new Properties();
    login.putAll(kafkaClient(ADMIN));
    Path file = work.resolve("admin.properties");
    try (var writer = Files.newBufferedWriter(file)) {
      login.store(writer, null);
    }
    Process script =
        new ProcessBuilder("bash", "../deploy/kafka-acls")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines = script.inputReader(UTF_8).lines().toList();
    assertThat(script.waitFor()).isZero();
    assertThat(lines).hasSizeGreaterThan(10);
    Exit.setExitProcedure(
        (status, message) -> {
          throw new IllegalStateException("kafka-acls.sh ended with " + status + ": " + message);
        });
    try {
      for (String line : lines) {
        List<String> arguments = new ArrayList<>(List.of(line.replace("'", "").split(" ")));
        arguments.addAll(
            List.of(
                "--bootstrap-server",
                kafka.bootstrapServers(),
                "--command-config",
                file.toString()));
        AclCommand.main(arguments.toArray(String[]::new));
      }
    } finally {
      Exit.resetExitProcedure();
    }
  }

  /** As docs/stores.md has it for ingest-api, which only reads. */
  private static void makeReader() throws SQLException {
    try (Connection owner = postgres(postgres.user(), postgres.password());
        Statement statement = owner.createStatement()) {
      statement.execute(
          "create role tickets_reader login password '"
              + password("reader").replace("'", "''")
              + "'");
      statement.execute("alter default privileges grant select on tables to tickets_reader");
    }
  }

  /** As docs/stores.md has it. */
  private static void makeRedisUser() throws IOException {
    String rights =
        Files.readString(Path.of("../docs/stores.md"))
            .lines()
            .dropWhile(line -> !line.contains("acl setuser"))
            .findFirst()
            .orElseThrow();
    CommandArgs<String, String> arguments = new CommandArgs<>(StringCodec.UTF8).add("setuser");
    String[] words = rights.strip().split(" +");
    for (int i = 2; i < words.length; i++) {
      arguments.add(words[i].equals(">PASSWORD") ? ">" + password("redis-user") : words[i]);
    }
    assertThat(
            inRedis(
                owner ->
                    owner.dispatch(
                        CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), arguments)))
        .isEqualTo("OK");
  }

  /** What a command of the one who may do everything comes to. */
  private static @Nullable String inRedis(
      Function<RedisCommands<String, String>, @Nullable String> command) {
    RedisClient client = RedisClient.create();
    client.setOptions(
        ClientOptions.builder()
            .sslOptions(SslOptions.builder().trustManager(authority.ca().toFile()).build())
            .build());
    RedisURI address = RedisURI.create(redis.url());
    address.setCredentialsProvider(
        RedisCredentialsProvider.from(() -> RedisCredentials.just(null, password("redis"))));
    try (StatefulRedisConnection<String, String> connection = client.connect(address)) {
      return command.apply(connection.sync());
    } finally {
      client.shutdown();
    }
  }

  private static void awaitInRedis(String key, String expected) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(inRedis(owner -> owner.get(key))).contains(expected));
  }

  private static ConfigurableApplicationContext run(
      SpringApplicationBuilder application, String service, Map<String, String> settings) {
    return running(
        application
            .registerShutdownHook(false)
            .properties("spring.main.banner-mode=off", "spring.jmx.enabled=false")
            .run(
                settings.entrySet().stream()
                    .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                    .toArray(String[]::new)));
  }

  private static Map<String, String> kafkaSettings(String service) throws IOException {
    ServerTls own = authority.issue(service);
    return new HashMap<>(
        Map.of(
            "KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers(),
            "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
            "KAFKA_USER", service,
            "KAFKA_PASSWORD", password(service),
            "KAFKA_TLS_CA", authority.ca().toString(),
            "KAFKA_TLS_CERTIFICATE", own.certificate().toString(),
            "KAFKA_TLS_PRIVATE_KEY", own.privateKey().toString()));
  }

  private static void addStores(Map<String, String> settings) {
    settings.putAll(
        Map.of(
            "POSTGRES_URL", postgres.r2dbcUrl(),
            "POSTGRES_TLS", "verify-full",
            "POSTGRES_TLS_CA", authority.ca().toString(),
            "REDIS_URL", redis.url(),
            "REDIS_USER", "tickets",
            "REDIS_PASSWORD", password("redis-user"),
            "REDIS_TLS_CA", authority.ca().toString()));
  }

  private static Map<String, String> sinkSettings() throws IOException {
    Map<String, String> settings = kafkaSettings(SINK);
    addStores(settings);
    settings.put("POSTGRES_JDBC_URL", postgres.jdbcUrl());
    settings.put("POSTGRES_USER", postgres.serviceUser());
    settings.put("POSTGRES_PASSWORD", postgres.servicePassword());
    settings.put("POSTGRES_MIGRATION_USER", postgres.user());
    settings.put("POSTGRES_MIGRATION_PASSWORD", postgres.password());
    return settings;
  }

  private static Map<String, String> scorerSettings() throws IOException {
    Map<String, String> settings = kafkaSettings(SCORER);
    settings.put(
        "MODEL_PATH", Path.of("../models/ticket-priority-ru-en").toAbsolutePath().toString());
    settings.put("STATE_DIR", work.resolve("scorer").toString());
    settings.put("STREAM_THREADS", "1");
    return settings;
  }

  private static Map<String, String> ingestSettings() throws IOException {
    Map<String, String> settings = kafkaSettings(INGEST);
    addStores(settings);
    settings.put("POSTGRES_USER", "tickets_reader");
    settings.put("POSTGRES_PASSWORD", password("reader"));
    settings.put("PORT", "0");
    settings.put("INGEST_MANAGEMENT_PORT", "-1");
    return settings;
  }

  @Test
  @Order(1)
  void aTicketGoesFromHttpIntoEveryStoreAndBack() throws Exception {
    HttpResponse<String> answer =
        post("{\"text\":\"Our production API returns 500 for everyone\"}");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    String id = json(answer).get("task_id").stringValue();
    awaitRows("select task_id from prediction where task_id = '" + id + "'", id);
    assertThat(json(get(ingest, "/result/" + id)).get("status").stringValue()).isEqualTo("SUCCESS");
    // Every group's lag may be looked at, and is made up.
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(get(ingest, "/status").body())
                    .contains("\"members\":1,\"lag\":0", "\"results-sink-redis\":0")
                    .contains("\"results-sink-tickets\":0", "\"results-sink-postgres\":0"));
  }

  @Test
  @Order(2)
  void aTicketIsCorrected() throws Exception {
    HttpResponse<String> answer = post("{\"task_id\":\"correct-me\",\"text\":\"The lamp hums\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    // The labels of a model are known from its first answer on, at once.
    HttpResponse<String> corrected =
        post("/v1/tickets/correct-me/correction", "{\"task_priority\":\"critical\"}");

    assertThat(corrected.statusCode()).as(corrected.body()).isEqualTo(202);
    awaitRows(
        "select task_priority || ' ' || priority from correction where task_id = 'correct-me'",
        "LABEL_3 critical");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(get(ingest, "/result/correct-me").body())
                    .contains("\"correction\":{\"task_priority\":\"LABEL_3\""));
    assertThat(get(ingest, "/v1/quality").statusCode()).isEqualTo(200);
  }

  @Test
  @Order(2)
  void aTicketIsForgotten() throws Exception {
    HttpResponse<String> answer = post("{\"task_id\":\"forget-me\",\"text\":\"I am Ann\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    awaitRows("select text_task from prediction where task_id = 'forget-me'", "I am Ann");

    HttpResponse<String> erased =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(http(ingest) + "/v1/tickets/forget-me"))
                .DELETE()
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(erased.statusCode()).as(erased.body()).isEqualTo(202);
    awaitRows("select text_task from prediction where task_id = 'forget-me'", "");
    awaitRows("select task_id from erasure", "forget-me");
    awaitInRedis("erased:forget-me", "Z");
  }

  @Test
  @Order(3)
  void whatCanNotBeReadOrStoredIsRejected() throws Exception {
    publish(ADMIN, Topics.TICKETS, "unreadable", "nonsense".getBytes(UTF_8));
    ScoredTicket unstorable =
        new ScoredTicket(
            "unstorable",
            "LABEL_1",
            0.92,
            "high",
            Map.of("LABEL_1", 0.92),
            new ScoredTicket.Model("test", "1", "d".repeat(64)),
            false,
            false,
            Instant.now(),
            Instant.now(),
            new StageTimes(1, 1, 1, 1),
            Sha256.hex("x"),
            Topics.TICKETS,
            0,
            1_000_000,
            "U+0000 is no text: \0");
    publish(ADMIN, Topics.PRIORITIES, "unstorable", EventJson.write(unstorable));

    awaitRows(
        "select task_id || ' ' || code from ticket where state = 'REJECTED' order by 1",
        "unreadable UNREADABLE",
        "unstorable UNSTORABLE");
    awaitInRedis("outcome:unreadable", "UNREADABLE");
    awaitInRedis("outcome:unstorable", "UNSTORABLE");
  }

  @Test
  @Order(4)
  void noServiceMayDoInKafkaWhatIsNotItsWork() throws Exception {
    assertThatThrownBy(() -> read(INGEST, Topics.TICKETS))
        .isInstanceOf(AuthorizationException.class);
    assertThatThrownBy(() -> read(INGEST, Topics.PRIORITIES))
        .isInstanceOf(AuthorizationException.class);
    assertThatThrownBy(() -> read(INGEST, Topics.CORRECTIONS))
        .isInstanceOf(AuthorizationException.class);
    assertThatThrownBy(() -> read(SCORER, Topics.PRIORITIES))
        .isInstanceOf(AuthorizationException.class);
    assertPublishRefused(INGEST, Topics.PRIORITIES);
    assertPublishRefused(INGEST, Topics.REJECTIONS);
    assertPublishRefused(SCORER, Topics.TICKETS);
    assertPublishRefused(SCORER, Topics.ERASURES);
    assertPublishRefused(SCORER, Topics.CORRECTIONS);
    assertPublishRefused(SINK, Topics.CORRECTIONS);
    assertPublishRefused(SINK, Topics.ERASURES);
    assertPublishRefused(SINK, Topics.TICKETS);
    assertPublishRefused(SINK, Topics.PRIORITIES);
    assertPublishRefused(SCORER, Topics.COMMANDS);
    assertPublishRefused(SINK, Topics.COMMANDS);
    assertPublishRefused(INGEST, Topics.STATUS);
    assertPublishRefused(INGEST, Topics.SHADOW);
    for (String service : List.of(INGEST, SCORER, SINK)) {
      try (Admin admin = Admin.create(kafkaClient(service))) {
        assertRefused(admin.deleteTopics(List.of(Topics.TICKETS)).all());
        assertRefused(
            admin
                .incrementalAlterConfigs(
                    Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, Topics.TICKETS),
                        List.of(
                            new AlterConfigOp(
                                new ConfigEntry("retention.ms", "1"), AlterConfigOp.OpType.SET))))
                .all());
        assertRefused(admin.describeAcls(AclBindingFilter.ANY).values());
        assertRefused(admin.createTopics(List.of(new NewTopic("mine", 1, (short) 1))).all());
      }
    }
  }

  @Test
  @Order(4)
  void onlyIngestMaySeeHowLongTopicsKeepWhatNobodyReads() throws Exception {
    List<ConfigResource> topics =
        Topics.ALL.stream()
            .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
            .toList();
    try (Admin admin = Admin.create(kafkaClient(INGEST))) {
      assertThat(admin.describeConfigs(topics).all().get(10, TimeUnit.SECONDS))
          .containsOnlyKeys(topics)
          .allSatisfy((topic, kept) -> assertThat(kept.get("retention.ms")).isNotNull());
    }
    for (String service : List.of(SCORER, SINK)) {
      try (Admin admin = Admin.create(kafkaClient(service))) {
        assertRefused(admin.describeConfigs(topics).all());
      }
    }
  }

  @ParameterizedTest
  @Order(5)
  @ValueSource(
      strings = {
        "create table mine (x integer)",
        "create temporary table mine (x integer)",
        "drop table ticket",
        "alter table ticket add column x integer",
        "truncate ticket",
        "create index on ticket (state)",
        "select * from flyway_schema_history",
        "create role mine",
        "copy ticket to '/tmp/ticket'"
      })
  void theRoleOfTheSinkCanMakeNothing(String sql) throws SQLException {
    try (Connection connection = postgres(postgres.serviceUser(), postgres.servicePassword());
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute(sql))
          .isInstanceOf(SQLException.class)
          .hasMessageMatching("(?s).*(permission denied|must be owner).*");
    }
  }

  @Test
  @Order(6)
  void theRoleOfTheSinkMayUseEveryTableOfTheMigrationsAndTheReaderOnlyRead() throws SQLException {
    assertThat(
            rows(
                """
                select relname from pg_class
                where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
                  and relname <> 'flyway_schema_history'
                  and not (has_table_privilege('tickets_service', oid, 'select')
                    and has_table_privilege('tickets_service', oid, 'insert')
                    and has_table_privilege('tickets_service', oid, 'update')
                    and has_table_privilege('tickets_service', oid, 'delete'))
                """))
        .as("tables that afterMigrate.sql forgets")
        .isEmpty();
    try (Connection reader = postgres("tickets_reader", password("reader"));
        Statement statement = reader.createStatement()) {
      assertThat(statement.execute("select * from prediction")).isTrue();
      assertThat(statement.execute("select * from corrected_prediction")).isTrue();
      assertThatThrownBy(() -> statement.execute("delete from prediction"))
          .hasMessageContaining("permission denied");
    }
  }

  /** And says so, once for each, without the address' secrets. */
  @ParameterizedTest
  @Order(7)
  @CsvSource({
    "a server of an unknown authority, KAFKA_TLS_CA POSTGRES_TLS_CA REDIS_TLS_CA,"
        + " certification path, certification path, certification path",
    "a wrong password, KAFKA_PASSWORD POSTGRES_PASSWORD REDIS_PASSWORD,"
        + " invalid credentials, password authentication failed, WRONGPASS"
  })
  void theStatusSaysWhyAStoreIsNotLetInto(
      String what, String settings, String kafkaSays, String postgresSays, String redisSays)
      throws Exception {
    Map<String, String> wrong = ingestSettings();
    Path stranger = TestCertificates.in(work.resolve("stranger")).ca();
    for (String setting : settings.split(" ")) {
      wrong.put(setting, setting.endsWith("_CA") ? stranger.toString() : "wrong-" + SECRET);
    }
    try (ConfigurableApplicationContext other = run(IngestApi.application(), INGEST, wrong)) {
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                HttpResponse<String> status = get(other, "/status");
                assertThat(status.statusCode()).isEqualTo(503);
                assertThat(component(status, "kafka")).contains(kafkaSays);
                assertThat(component(status, "postgres")).contains(postgresSays);
                assertThat(component(status, "redis")).contains(redisSays);
                assertThat(status.body()).doesNotContain(SECRET);
              });
    }
  }

  @Test
  @Order(8)
  void theLogSaysWhatTheSinkCanNotReach(CapturedOutput output) throws Exception {
    Map<String, String> wrong = sinkSettings();
    Path stranger = TestCertificates.in(work.resolve("stranger")).ca();
    wrong.put("POSTGRES_TLS_CA", stranger.toString());
    try (ConfigurableApplicationContext other =
        run(ResultsSink.application().web(WebApplicationType.NONE), SINK, wrong)) {
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(output)
                      .containsPattern(
                          "PostgreSQL's tables are not there yet.*certification path"));
    }
  }

  /** Last: of all that was logged in this JVM, the refused logins included. */
  @Test
  @Order(9)
  void noPasswordIsLogged() throws IOException {
    Path log = Path.of(System.getProperty("LOG_DIRECTORY"), "ticket-priority.log");
    assertThat(Files.readString(log)).contains("answers").doesNotContain(SECRET);
  }

  private static String component(HttpResponse<String> status, String name) {
    return json(status).findValue(name).toString();
  }

  private static void assertPublishRefused(String user, String topic) {
    assertThatThrownBy(() -> publish(user, topic, "x", new byte[0]))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(AuthorizationException.class);
  }

  private static void assertRefused(KafkaFuture<?> answer) {
    assertThatThrownBy(() -> answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(AuthorizationException.class);
  }

  private static Map<String, Object> kafkaClient(String user) throws IOException {
    ServerTls own = authority.issue(user);
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", kafka.bootstrapServers());
    settings.put("max.block.ms", "20000");
    settings.putAll(
        new KafkaAccess(
                SecurityProtocol.SASL_SSL,
                KafkaAccess.Mechanism.SCRAM_SHA_512,
                user,
                password(user),
                authority.ca().toString(),
                own.certificate().toString(),
                own.privateKey().toString())
            .clientSettings());
    return settings;
  }

  private static void publish(String user, String topic, String key, byte[] value)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafkaClient(user), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value))
          .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static void read(String user, String topic) throws IOException {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafkaClient(user), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partition = List.of(new TopicPartition(topic, 0));
      consumer.assign(partition);
      consumer.seekToBeginning(partition);
      consumer.poll(LIMIT);
    }
  }

  private static Connection postgres(String user, String password) throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl() + "?sslmode=verify-full&sslrootcert=" + authority.ca(), user, password);
  }

  private static void awaitRows(String sql, String... expected) {
    await().atMost(LIMIT).untilAsserted(() -> assertThat(rows(sql)).containsExactly(expected));
  }

  private static List<String> rows(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection owner = postgres(postgres.user(), postgres.password());
        Statement statement = owner.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        rows.add(result.getString(1));
      }
    }
    return rows;
  }

  private static String http(ConfigurableApplicationContext service) {
    return "http://" + LOOPBACK + ":" + service.getEnvironment().getProperty("local.server.port");
  }

  private static HttpResponse<String> get(ConfigurableApplicationContext service, String path)
      throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(http(service) + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String body) throws Exception {
    return post("/v1/bert_prediction", body);
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(http(ingest) + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> response) {
    return EventJson.mapper().readTree(response.body());
  }
}
