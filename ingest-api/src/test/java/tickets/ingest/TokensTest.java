package tickets.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tickets.ingest.HttpContract.assertProblem;
import static tickets.ingest.Keys.bearer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tickets.contract.EventJson;
import tickets.ingest.Service.Answer;

/** Tokens of an issuer that runs here, as good ones and as bad ones as there are. */
@NullUnmarked // fields are set before the first test
class TokensTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static RSAKey key;
  private static RSAKey anotherKey;
  private static Issuer issuer;

  /** No server is there: a call that is let in is answered 503, by who misses them. */
  private static Service service;

  @BeforeAll
  static void start() throws Exception {
    key = new RSAKeyGenerator(2048).keyID("one").generate();
    anotherKey = new RSAKeyGenerator(2048).keyID("one").generate();
    issuer = Issuer.start(0);
    service =
        Service.start(
            Servers.none(),
            "OIDC_ISSUER=" + issuer.url(),
            "OIDC_AUDIENCE=tickets",
            Keys.setting("desk:score"));
    await().atMost(LIMIT).until(() -> read(token(claims -> {})).status() == 503);
  }

  @AfterAll
  static void stop() {
    service.close();
    issuer.close();
  }

  /** Discovery document and keys, as OpenID Connect has them. */
  private record Issuer(HttpServer server) implements AutoCloseable {

    static Issuer start(int port) throws IOException {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      Issuer issuer = new Issuer(server);
      issuer.serve(
          "/.well-known/openid-configuration",
          EventJson.mapper()
              .writeValueAsString(
                  Map.of(
                      "issuer", issuer.url(),
                      "jwks_uri", issuer.url() + "/keys",
                      "subject_types_supported", List.of("public"))));
      issuer.serve("/keys", new JWKSet(key.toPublicJWK()).toString());
      server.start();
      return issuer;
    }

    private void serve(String path, String json) {
      byte[] body = json.getBytes(UTF_8);
      server.createContext(
          path,
          exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  /** A good token, but for what {@code change} makes of it. */
  private static JWTClaimsSet claims(Consumer<JWTClaimsSet.Builder> change) {
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(issuer.url())
            .audience(List.of("others", "tickets"))
            .subject("somebody")
            .claim("azp", "helpdesk")
            .claim("scope", "openid read")
            .issueTime(new Date())
            .expirationTime(Date.from(Instant.now().plusSeconds(600)));
    change.accept(claims);
    return claims.build();
  }

  private static String token(Consumer<JWTClaimsSet.Builder> change) {
    return signed(key, claims(change));
  }

  private static String signed(RSAKey by, JWTClaimsSet claims) {
    try {
      SignedJWT token =
          new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(), claims);
      token.sign(new RSASSASigner(by));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Answer read(String token) {
    return read(service, token);
  }

  private static Answer read(Service from, String token) {
    return from.get("/result/T-1", "Authorization", "Bearer " + token);
  }

  private static void assertLetIn(Answer answer) {
    assertProblem(answer, 503, "nobody can say whether this ticket is known");
  }

  @Test
  void aGoodTokenOpensWhatItsScopesSay() {
    assertLetIn(read(token(claims -> {})));
    assertLetIn(read(token(claims -> claims.claim("scope", null).claim("scp", "read"))));
    assertLetIn(read(token(claims -> claims.claim("scope", null).claim("scp", List.of("read")))));
    assertLetIn(read(token(claims -> claims.claim("azp", null).claim("client_id", "desk"))));
    Answer post =
        service.submit("{\"text\":\"x\"}", "Authorization", "Bearer " + token(claims -> {}));
    assertProblem(post, 403, "lacks the scope score");
    assertProblem(read(token(claims -> claims.claim("scope", "reader"))), 403, "scope read");
    assertProblem(read(token(claims -> claims.claim("scope", null))), 403, "scope read");
  }

  @Test
  void aTokenThatIsNotGoodIsRefusedWithTheReason() throws Exception {
    assertProblem(
        read(
            token(
                claims ->
                    claims
                        .issueTime(Date.from(Instant.now().minusSeconds(1200)))
                        .expirationTime(Date.from(Instant.now().minusSeconds(600))))),
        401,
        "expired");
    assertProblem(
        read(token(claims -> claims.notBeforeTime(Date.from(Instant.now().plusSeconds(600))))),
        401,
        "before");
    assertProblem(read(token(claims -> claims.expirationTime(null))), 401, "exp");
    assertProblem(read(token(claims -> claims.issuer("http://127.0.0.1:1"))), 401, "iss");
    assertProblem(read(token(claims -> claims.audience("others"))), 401, "aud");
    assertProblem(read(token(claims -> claims.audience((String) null))), 401, "aud");
    assertProblem(
        read(token(claims -> claims.claim("azp", null).claim("client_id", null).subject(null))),
        401,
        "who has it");
  }

  @Test
  void aTokenThatTheIssuerDidNotSignIsRefused() throws Exception {
    String good = token(claims -> {});
    assertProblem(read(signed(anotherKey, claims(claims -> {}))), 401, "can't be verified");
    assertProblem(read(new PlainJWT(claims(claims -> {})).serialize()), 401, "can't be verified");
    assertProblem(read(good.substring(0, good.lastIndexOf('.') + 1)), 401, "can't be verified");
    assertProblem(read(good.substring(0, good.length() - 8)), 401, "can't be verified");
    assertProblem(read("a.b.c"), 401, "can't be verified");
    // The issuer's public key as the secret of a symmetric signature.
    SignedJWT confused =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(), claims(claims -> {}));
    confused.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
    assertProblem(read(confused.serialize()), 401, "can't be verified");
  }

  @Test
  void keysAreTakenBesideTokens() {
    assertProblem(service.get("/result/T-1", bearer("desk")), 403, "scope read");
    assertProblem(service.get("/result/T-1", bearer("stranger")), 401, "Nobody has this key");
  }

  @Test
  void scopesOfOtherServicesCountForNothingWhereOursHaveAPrefix() {
    try (Service prefixed =
        Service.start(
            Servers.none(), "OIDC_ISSUER=" + issuer.url(), "OIDC_SCOPE_PREFIX=tickets:")) {
      assertProblem(read(prefixed, token(claims -> {})), 403, "scope read");
      assertLetIn(read(prefixed, token(claims -> claims.claim("scope", "score tickets:read"))));
    }
  }

  @Test
  void aTokenWhoseClientCanBeNoTenantIsRefusedWhereTenantsAreKeptApart() {
    try (Service apart =
        Service.start(
            Servers.none(),
            "OIDC_ISSUER=" + issuer.url(),
            "TENANCY=by-key",
            "OIDC_TENANT_CLAIM=org")) {
      assertLetIn(read(apart, token(claims -> claims.claim("org", "acme"))));
      for (String org : List.of("Acme", "acme:globex", "default", "*", "a".repeat(33))) {
        assertProblem(
            read(apart, token(claims -> claims.claim("org", org))), 401, "can't be a tenant");
      }
    }
  }

  @Test
  void theServiceStartsWithoutItsIssuerAndSaysWhoIsMissing() throws Exception {
    Issuer later = Issuer.start(0);
    int port = later.server().getAddress().getPort();
    later.close();
    try (Service early =
        Service.start(
            Servers.none(),
            "OIDC_ISSUER=http://127.0.0.1:" + port,
            Keys.setting("desk:score+read"))) {
      String token = token(claims -> claims.issuer("http://127.0.0.1:" + port));
      Answer refused = read(early, token);
      assertProblem(refused, 503, "issuer of tokens does not answer");
      assertThat(refused.header("retry-after")).isEqualTo("5");
      assertLetIn(early.get("/result/T-1", bearer("desk")));

      try (Issuer back = Issuer.start(port)) {
        await().atMost(LIMIT).until(() -> read(early, token).body().contains("is known"));
        assertThat(back.url()).isEqualTo("http://127.0.0.1:" + port);
      }
    }
  }
}
