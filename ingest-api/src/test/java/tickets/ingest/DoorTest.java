package tickets.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static tickets.ingest.HttpContract.assertProblem;
import static tickets.ingest.Keys.bearer;
import static tickets.ingest.Keys.key;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.contract.CacheKeys;
import tickets.contract.TicketId;
import tickets.contract.Topics;
import tickets.ingest.Service.Answer;
import tickets.ingest.access.UnsafeStart;
import tools.jackson.databind.JsonNode;

/** Every door without, with a wrong, with a withdrawn, with a too weak and with another's key. */
@NullUnmarked // fields are set before the first test
class DoorTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir static Path data;

  private static EmbeddedServers servers;
  private static StandInPipeline pipeline;

  /** Callers share their tickets. */
  private static Service service;

  /** Tenants are kept apart. */
  private static Service apart;

  /** Needs no key. */
  private static Service open;

  @BeforeAll
  static void start() throws Exception {
    servers = EmbeddedServers.start(data);
    pipeline = StandInPipeline.start(servers.addresses());
    pipeline.tenantsApart = true;
    open = Service.start(servers.addresses(), "SYNC_TIMEOUT=30s");
    service =
        Service.start(
            servers.addresses(),
            "SYNC_TIMEOUT=30s",
            "CORS_ORIGINS=https://desk.example,https://other.example",
            Keys.setting(
                "all:score+read", "score:score", "read:read", "correct:correct", "admin:admin"));
    apart =
        Service.start(
            servers.addresses(),
            "SYNC_TIMEOUT=30s",
            "TENANCY=by-key",
            Keys.setting(
                "acme:score+read",
                "acme-reads@acme:read",
                "globex:score+read",
                "acme-erases@acme:admin",
                "acme-corrects@acme:correct",
                "globex-corrects@globex:correct",
                "globex-erases@globex:admin",
                "ops@*:score+read",
                "boss@*:admin"));
    for (Service one : List.of(open, service, apart)) {
      await()
          .atMost(LIMIT)
          .until(() -> one.get("/status", bearer(one == apart ? "acme" : "all")).status() == 200);
    }
    await()
        .atMost(LIMIT)
        .until(
            () ->
                apart.score(text("First"), with("acme", "Idempotency-Key", newId())).status()
                    == 200);
  }

  @AfterAll
  static void stop() {
    Stream.of(open, service, apart, pipeline, servers)
        .filter(one -> one != null)
        .forEach(
            one -> {
              try {
                one.close();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
  }

  private static String text(String text) {
    return "{\"text\":\"" + text + "\"}";
  }

  private static String ticket(String id, String text) {
    return "{\"task_id\":\"" + id + "\",\"text\":\"" + text + "\"}";
  }

  private static String newId() {
    return "T-" + UUID.randomUUID();
  }

  private static String[] with(String name, String... more) {
    return Stream.concat(Stream.of(bearer(name)), Stream.of(more)).toArray(String[]::new);
  }

  /** A door and the name of the key that opens it. */
  record Opening(String method, String path, String opener) {
    Answer call(Service service, String... headers) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(service.uri(path))
              .timeout(LIMIT)
              .header("Content-Type", "application/json");
      if (headers.length > 0) {
        request.headers(headers);
      }
      boolean body = method.equals("POST");
      return Service.send(
          request
              .method(method, body ? BodyPublishers.ofString(text("x")) : BodyPublishers.noBody())
              .build());
    }
  }

  static final List<Opening> DOORS =
      List.of(
          new Opening("POST", "/v1/bert_prediction", "score"),
          new Opening("POST", "/v1/bert_prediction_async", "score"),
          new Opening("GET", "/result/T-0", "read"),
          new Opening("GET", "/result/T-0/explanation", "read"),
          new Opening("POST", "/v1/tickets/T-0/correction", "correct"),
          new Opening("GET", "/v1/quality", "read"),
          new Opening("DELETE", "/v1/tickets/T-0", "admin"),
          new Opening("POST", "/v1/model", "admin"));

  static final List<Opening> ALL_DOORS =
      Stream.concat(
              DOORS.stream(),
              Stream.of(
                  new Opening("GET", "/status", "admin"),
                  new Opening("GET", "/nowhere", "admin"),
                  new Opening("GET", "/actuator/prometheus", "admin")))
          .toList();

  @ParameterizedTest
  @FieldSource("ALL_DOORS")
  void noDoorOpensWithoutAKeyThatSomebodyHas(Opening door) {
    Answer without = door.call(service);
    assertProblem(without, 401, "needs a key");
    assertThat(without.header("www-authenticate")).startsWith("Bearer");
    assertProblem(door.call(service, bearer("stranger")), 401, "Nobody has this key");
    assertProblem(door.call(service, "X-API-Key", ""), 401, "Nobody has this key");
    assertProblem(door.call(service, "X-API-Key", key("stranger")), 401, "Nobody has this key");
    assertProblem(door.call(service, "Authorization", "Basic YTpi"), 401, "Bearer KEY");
    assertProblem(
        door.call(service, with("all", "X-API-Key", key("all"))), 401, "More than one key");
    assertProblem(door.call(service, "Authorization", "Bearer a.b.c"), 401, "Nobody has this key");
  }

  @ParameterizedTest
  @FieldSource("DOORS")
  void aDoorOpensToItsScopeOnly(Opening door) {
    for (String name : List.of("score", "read", "correct", "admin")) {
      Answer answer = door.call(service, bearer(name));
      if (name.equals(door.opener())) {
        assertThat(answer.status()).as(name).isNotIn(401, 403, 500);
        assertThat(door.call(service, "X-API-Key", key(name)).status()).isNotIn(401, 403, 500);
      } else {
        assertProblem(answer, 403, "lacks the scope " + door.opener());
      }
    }
  }

  @Test
  void whoeverHasAKeyMaySeeTheStatusAndLearnsThatThereIsNothingElse() {
    for (String name : List.of("score", "read", "admin")) {
      assertThat(service.get("/status", bearer(name)).status()).isEqualTo(200);
      assertProblem(service.get("/actuator/prometheus", bearer(name)), 404, "GET / lists");
      assertProblem(service.get("/nowhere", bearer(name)), 404, "GET / lists");
    }
    Answer wrongMethod =
        new Opening("PUT", "/v1/bert_prediction", "score").call(service, bearer("score"));
    assertProblem(wrongMethod, 405, "POST");
  }

  @Test
  void aTenantsAdministratorCantChangeTheModelOfAll() {
    Opening model = new Opening("POST", "/v1/model", "admin");
    assertProblem(model.call(apart, bearer("acme-erases")), 403, "one tenant's");
    assertProblem(model.call(apart, bearer("ops")), 403, "lacks the scope admin");
    assertProblem(model.call(apart, bearer("boss")), 400, "no path");
  }

  @Test
  void aKeyThatIsWithdrawnOpensNothingMore() {
    try (Service after =
        Service.start(servers.addresses(), Keys.setting("score:score", "admin:admin"))) {
      assertProblem(after.get("/result/T-0", bearer("read")), 401, "withdrawn");
      assertProblem(after.get("/result/T-0", bearer("score")), 403, "read");
    }
  }

  @Test
  void ticketsGoThroughWithAKey() {
    String id = newId();
    Answer answer = service.score(ticket(id, "With a key"), bearer("score"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(service.get("/result/" + id, bearer("read")).json().get("status").stringValue())
        .isEqualTo("SUCCESS");
  }

  @Test
  void theDescriptionIsOpenAndSaysHowToShowAKey() {
    JsonNode document = service.get("/v3/api-docs").json();

    assertThat(document.at("/components/securitySchemes").propertyNames())
        .containsExactlyInAnyOrder("bearer", "key");
    assertThat(document.at("/components/securitySchemes/key/name").stringValue())
        .isEqualTo("X-API-Key");
    assertThat(document.at("/paths/~1result~1{task_id}/get/responses").propertyNames())
        .contains("401", "403", "429");
    assertThat(document.at("/paths/~1result~1{task_id}/get/parameters").size()).isEqualTo(1);
    assertThat(service.get("/swagger-ui.html").status()).isEqualTo(302);
    assertThat(service.get("/webjars/swagger-ui/index.html").status()).isEqualTo(200);
  }

  @Test
  void probesAndMetricsNeedNoKeyOnTheirOwnPortAndAreOnNoOther() {
    for (String path :
        List.of("/actuator/health/liveness", "/actuator/health", "/actuator/prometheus")) {
      assertThat(Service.send(HttpRequest.newBuilder(service.management(path)).build()).status())
          .as(path)
          .isEqualTo(200);
      assertProblem(service.get(path), 401, "needs a key");
      assertProblem(service.get(path, bearer("admin")), 404, "GET / lists");
      assertProblem(open.get(path), 404, "GET / lists");
    }
  }

  @Test
  void everyAnswerCarriesTheHeadersThatKeepBrowsersSafe() {
    List<Answer> answers =
        List.of(
            service.get("/webjars/swagger-ui/index.html"),
            service.get("/v3/api-docs"),
            service.get("/status", bearer("read")),
            service.get("/status"),
            service.get("/nowhere", bearer("read")),
            service.score("{", bearer("score")),
            open.get("/status"));
    assertThat(answers).extracting(Answer::status).contains(200, 400, 401, 404);
    for (Answer answer : answers) {
      assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
      assertThat(answer.header("x-frame-options")).isEqualTo("DENY");
      assertThat(answer.header("referrer-policy")).isEqualTo("no-referrer");
      assertThat(answer.header("content-security-policy"))
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
      assertThat(answer.header("cache-control")).contains("no-store");
      assertThat(answer.header("strict-transport-security")).as("this is no HTTPS").isEmpty();
    }
  }

  private static Answer preflight(Service service, String origin) {
    return Service.send(
        HttpRequest.newBuilder(service.uri("/v1/bert_prediction"))
            .method("OPTIONS", BodyPublishers.noBody())
            .headers(
                "Origin", origin,
                "Access-Control-Request-Method", "POST",
                "Access-Control-Request-Headers", "content-type,authorization")
            .build());
  }

  @Test
  void pagesOfOtherSitesMayCallOnlyWhereTheyAreNamed() {
    Answer named = preflight(service, "https://desk.example");
    assertThat(named.status()).isEqualTo(200);
    assertThat(named.header("access-control-allow-origin")).isEqualTo("https://desk.example");
    assertThat(named.header("access-control-allow-credentials")).isEmpty();
    for (Answer refused :
        List.of(preflight(service, "https://evil.example"), preflight(service, "null"))) {
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.header("access-control-allow-origin")).isEmpty();
    }
    assertThat(preflight(open, "https://desk.example").headers())
        .as("closed unless it is opened")
        .doesNotContainKeys("access-control-allow-origin", "access-control-allow-methods");
    assertThat(service.get("/status", with("read", "X-Test", "1")).headers())
        .doesNotContainKey("access-control-allow-origin");
  }

  @Test
  void aThousandRefusedCallsWithBodiesOnKeptConnectionsDoNotHang() {
    List<String> bodies = List.of(text("x"), text("x".repeat(2_000)), text("x".repeat(100_000)));
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    List<CompletableFuture<Integer>> chains =
        Stream.iterate(0, i -> i + 1)
            .limit(8)
            .map(
                chain ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          int refused = 0;
                          for (int i = 0; i < 125; i++) {
                            HttpRequest call =
                                service.request(
                                    "/v1/bert_prediction",
                                    bodies.get((chain + i) % bodies.size()),
                                    with(i % 2 == 0 ? "stranger" : "read"));
                            int status = statusOf(client, call);
                            refused += status == (i % 2 == 0 ? 401 : 403) ? 1 : 0;
                          }
                          return refused;
                        }))
            .toList();

    assertThat(chains.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(1000);
    assertThat(service.submit(text("After all that"), bearer("score")).status()).isEqualTo(202);
  }

  /**
   * Fails where there is no answer in a small part of the time after which connections are dropped.
   */
  private static int statusOf(HttpClient client, HttpRequest call) {
    try {
      return client
          .sendAsync(call, HttpResponse.BodyHandlers.discarding())
          .orTimeout(10, TimeUnit.SECONDS)
          .join()
          .statusCode();
    } catch (CompletionException e) {
      throw new AssertionError("No answer: " + e.getCause(), e);
    }
  }

  // == tenants ==

  /** The same id, so that nothing but the id could tell the two answers apart. */
  private static String withoutId(Answer answer, String id) {
    Map<String, List<String>> headers = new TreeMap<>(answer.headers());
    headers.remove("content-length");
    return answer.status() + " " + headers + answer.body().replace(id, "ID");
  }

  @Test
  void aTicketIsItsTenantsUnderItsOwnIdAndNobodyElses() {
    String id = newId();
    Answer sent = apart.score(ticket(id, "Of acme " + id), bearer("acme"));

    assertThat(sent.status()).isEqualTo(200);
    assertThat(sent.json().get("task_id").stringValue()).isEqualTo(id);
    for (String name : List.of("acme", "acme-reads")) {
      Answer result = apart.get("/result/" + id, bearer(name));
      assertThat(result.json().get("status").stringValue()).isEqualTo("SUCCESS");
      assertThat(result.body()).contains("\"" + id + "\"").doesNotContain("acme:");
    }
    assertThat(pipeline.recordsOf("acme:" + id)).hasSize(1);
    assertThat(pipeline.recordsOf(id)).isEmpty();

    String unknown = newId();
    Answer another = apart.get("/result/" + id, bearer("globex"));
    Answer nobodys = apart.get("/result/" + unknown, bearer("globex"));
    assertThat(another.status()).isEqualTo(404);
    assertThat(withoutId(another, id)).isEqualTo(withoutId(nobodys, unknown));
    assertThat(withoutId(apart.get("/result/acme:" + id, bearer("globex")), "acme:" + id))
        .isEqualTo(withoutId(nobodys, unknown));
    assertThat(apart.get("/result/acme:" + id, bearer("acme")).status()).isEqualTo(404);
  }

  @Test
  void onlyItsTenantMayHaveATicketForgotten() {
    String id = newId();
    String unknown = newId();
    apart.submit(ticket(id, "hold it"), bearer("acme"));
    Opening erasure = new Opening("DELETE", "/v1/tickets/" + id, "admin");

    Answer another = erasure.call(apart, bearer("globex-erases"));
    Answer nobodys =
        new Opening("DELETE", "/v1/tickets/" + unknown, "admin")
            .call(apart, bearer("globex-erases"));
    assertThat(another.status()).isEqualTo(404);
    assertThat(withoutId(another, id)).isEqualTo(withoutId(nobodys, unknown));
    assertProblem(erasure.call(apart, bearer("acme")), 403, "lacks the scope admin");
    Answer own = erasure.call(apart, bearer("acme-erases"));
    assertThat(own.status()).isEqualTo(202);
    assertThat(own.json().get("task_id").stringValue()).isEqualTo(id);
    assertThat(own.header("location")).isEqualTo("/result/" + id);
  }

  @Test
  void onlyItsTenantMayCorrectATicket() {
    String id = newId();
    String unknown = newId();
    apart.submit(ticket(id, "hold it"), bearer("acme"));
    String said = "{\"task_priority\":\"LABEL_1\"}";

    Answer another = apart.post(correction(id), said, bearer("globex-corrects"));
    Answer nobodys = apart.post(correction(unknown), said, bearer("globex-corrects"));
    assertThat(another.status()).isEqualTo(404);
    assertThat(withoutId(another, id)).isEqualTo(withoutId(nobodys, unknown));
    assertProblem(apart.post(correction(id), said, bearer("acme")), 403, "scope correct");
    Answer own = apart.post(correction(id), said, bearer("acme-corrects"));
    assertThat(own.status()).as(own.body()).isEqualTo(202);
    assertThat(own.json().get("task_id").stringValue()).isEqualTo(id);
    assertThat(own.header("location")).isEqualTo("/result/" + id);
    await()
        .atMost(LIMIT)
        .until(() -> apart.get("/result/" + id, bearer("acme")).json().has("correction"));
    assertThat(pipeline.recordsOf("acme:" + id))
        .filteredOn(record -> record.topic().equals(Topics.CORRECTIONS))
        .singleElement()
        .satisfies(
            record ->
                assertThat(new String(record.value(), UTF_8))
                    .contains("\"client\":\"key:acme-corrects\""));
  }

  private static String correction(String id) {
    return "/v1/tickets/" + id + "/correction";
  }

  @Test
  void onlyItsTenantLearnsWhyATicketHasItsPriority() {
    String id = newId();
    String unknown = newId();
    apart.score(ticket(id, "Why so"), bearer("acme"));

    Answer another = apart.get("/result/" + id + "/explanation", bearer("globex"));
    Answer nobodys = apart.get("/result/" + unknown + "/explanation", bearer("globex"));
    assertThat(another.status()).isEqualTo(404);
    assertThat(withoutId(another, id)).isEqualTo(withoutId(nobodys, unknown));
    Answer own = apart.get("/result/" + id + "/explanation", bearer("acme"));
    assertThat(own.status()).as(own.body()).isEqualTo(200);
    assertThat(own.json().get("task_id").stringValue()).isEqualTo(id);
  }

  @Test
  void qualityIsOfTheTenantsOwnTickets() {
    String id = newId();
    apart.score(ticket(id, "Judged"), bearer("acme"));
    long acmes = judged("acme");
    long globexs = judged("globex");

    apart.post(correction(id), "{\"task_priority\":\"LABEL_1\"}", bearer("acme-corrects"));

    await().atMost(LIMIT).until(() -> judged("acme") == acmes + 1);
    assertThat(judged("globex")).isEqualTo(globexs);
    assertThat(judged("ops")).isGreaterThanOrEqualTo(acmes + 1 + globexs);
  }

  private static long judged(String caller) {
    return apart.get("/v1/quality", bearer(caller)).json().get("n").longValue();
  }

  @Test
  void operatorsSeeWholeIds() {
    String id = newId();
    apart.submit(ticket(id, "Of globex"), bearer("globex"));

    await()
        .atMost(LIMIT)
        .until(
            () ->
                apart
                    .get("/result/globex:" + id, bearer("ops"))
                    .body()
                    .contains("\"globex:" + id + "\""));
    assertThat(apart.get("/result/" + id, bearer("ops")).status()).isEqualTo(404);
  }

  @Test
  void twoTenantsMayUseTheSameIdAndKeyForDifferentTickets() {
    String id = newId();
    Answer acme = apart.score(ticket(id, "reject this"), bearer("acme"));
    Answer globex = apart.score(ticket(id, "Quite another text"), bearer("globex"));

    assertProblem(acme, 422, "does not like it");
    assertThat(acme.json().get("task_id").stringValue()).isEqualTo(id);
    assertThat(globex.status()).isEqualTo(200);
    assertThat(apart.get("/result/" + id, bearer("acme")).json().get("status").stringValue())
        .isEqualTo("FAILURE");
    assertThat(apart.get("/result/" + id, bearer("globex")).json().get("status").stringValue())
        .isEqualTo("SUCCESS");

    String key = newId();
    Answer first = apart.submit(text("One"), with("acme", "Idempotency-Key", key));
    Answer second = apart.submit(text("Two"), with("globex", "Idempotency-Key", key));
    assertThat(first.status()).isEqualTo(202);
    assertThat(second.status()).isEqualTo(202);
    assertThat(first.json().get("task_id")).isNotEqualTo(second.json().get("task_id"));
    Answer repeat = apart.submit(text("Other"), with("acme", "Idempotency-Key", key));
    assertProblem(repeat, 422, "another text");
    assertThat(repeat.json().get("task_id")).isEqualTo(first.json().get("task_id"));
  }

  @Test
  void theSameTextOfAnotherTenantIsNoAnswer() {
    String body = text("The same words " + UUID.randomUUID());
    JsonNode acme = apart.score(body, bearer("acme")).json();
    JsonNode globex = apart.score(body, bearer("globex")).json();
    JsonNode again = apart.score(body, bearer("acme")).json();

    assertThat(acme.get("cached").booleanValue()).isFalse();
    assertThat(globex.get("cached").booleanValue()).isFalse();
    assertThat(globex.get("task_id")).isNotEqualTo(acme.get("task_id"));
    assertThat(again.get("cached").booleanValue()).isTrue();
    assertThat(again.get("task_id")).isEqualTo(acme.get("task_id"));
    assertThat(again.get("task_id").stringValue()).doesNotContain(":");
  }

  @Test
  void aCachedAnswerInTheWrongPlaceIsNotGiven() {
    String words = "Misplaced " + UUID.randomUUID();
    String globexId = newId();
    apart.score(ticket(globexId, words), bearer("globex"));
    String digest = StandInPipeline.MODEL.digest();
    String sha256 = tickets.contract.Sha256.hex(words);
    String cached = pipeline.redis().get(CacheKeys.text("globex", digest, sha256));
    pipeline.redis().set(CacheKeys.text("acme", digest, sha256), cached);

    JsonNode answer = apart.score(text(words), bearer("acme")).json();

    assertThat(answer.get("cached").booleanValue()).isFalse();
    assertThat(answer.toString()).doesNotContain(globexId);
  }

  @Test
  void idsStayWithinTheirLengthWithTheTenantBeforeThem() {
    int room = TicketId.MAX_LENGTH - "acme:".length();
    String longest = "a".repeat(room);

    assertThat(apart.submit(ticket(longest, "x"), bearer("acme")).status()).isEqualTo(202);
    assertProblem(apart.submit(ticket(longest + "a", "x"), bearer("acme")), 400, "at most " + room);
    assertThat(apart.get("/result/" + longest, bearer("acme")).status()).isEqualTo(200);
    assertProblem(apart.get("/result/" + longest + "a", bearer("acme")), 404, "ever accepted");
  }

  @Test
  void whatIsSaidOfALateTicketNamesItAsItsCallerDoes() {
    try (Service impatient =
        Service.start(
            servers.addresses(),
            "SYNC_TIMEOUT=1s",
            "TENANCY=by-key",
            Keys.setting("acme:score+read"))) {
      await().atMost(LIMIT).until(() -> impatient.get("/status", bearer("acme")).status() == 200);
      String id = newId();
      Answer late = impatient.score(ticket(id, "hold it"), bearer("acme"));

      assertProblem(late, 504, "/result/" + id + ".");
      assertThat(late.header("location")).isEqualTo("/result/" + id);
      assertThat(late.json().get("task_id").stringValue()).isEqualTo(id);
      assertThat(late.body()).doesNotContain("acme:");
    }
  }

  // == starting ==

  @ParameterizedTest
  @ValueSource(strings = {"", "TENANCY=by-key", "RATE_LIMIT=many", "API_KEYS=desk"})
  void theServiceItselfRefusesASettingThatIsNotSafe(String setting) {
    String bind = setting.isEmpty() ? "BIND=0.0.0.0" : "BIND=127.0.0.1";
    assertThatThrownBy(
            () ->
                Service.start(Servers.none(), bind, setting.isEmpty() ? "AUTH=" : setting).close())
        .isInstanceOf(UnsafeStart.class);
  }

  @Test
  void authNoneIsTakenAtItsWord() {
    try (Service everywhere = Service.start(Servers.none(), "BIND=0.0.0.0", "AUTH=none")) {
      assertProblem(everywhere.get("/status"), 503, "Kafka does not answer");
    }
  }
}
