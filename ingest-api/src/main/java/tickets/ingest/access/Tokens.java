package tickets.ingest.access;

import static tickets.ingest.Refusal.Reason.ISSUER_DOWN;

import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtValidationException;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusReactiveJwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tickets.contract.Tenancy;
import tickets.ingest.Refusal;

/**
 * Tokens of an OpenID Connect issuer (JWT). The issuer is asked when the first token comes, not at
 * the start, and never in the way of a call that has a key.
 */
final class Tokens implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Tokens.class);

  /** For the issuer's answer, and for all of them that one token may need. */
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

  private static final Duration TOKEN_LIMIT = Duration.ofSeconds(4);
  private static final int CONNECT_MILLIS = 1_000;

  /** Tokens with made-up key ids must not become a flood of questions to the issuer. */
  private static final int CONNECTIONS = 4;

  private static final int WAITING_FOR_CONNECTION = 100;

  private final ConnectionProvider connections;
  private final ReactiveJwtDecoder decoder;
  private final AccessProperties properties;

  Tokens(AccessProperties properties, ReactorResourceFactory resources) {
    this.properties = properties;
    connections =
        ConnectionProvider.builder("oidc-issuer")
            .maxConnections(CONNECTIONS)
            .pendingAcquireMaxCount(WAITING_FOR_CONNECTION)
            .pendingAcquireTimeout(ANSWER_LIMIT)
            .maxIdleTime(Duration.ofSeconds(10))
            .build();
    HttpClient client =
        HttpClient.create(connections)
            .runOn(resources.getLoopResources())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .responseTimeout(ANSWER_LIMIT);
    NimbusReactiveJwtDecoder nimbus =
        NimbusReactiveJwtDecoder.withIssuerLocation(properties.oidcIssuer())
            .webClient(
                WebClient.builder().clientConnector(new ReactorClientHttpConnector(client)).build())
            .build();
    nimbus.setJwtValidator(validator(properties));
    decoder = nimbus;
  }

  private static OAuth2TokenValidator<Jwt> validator(AccessProperties properties) {
    List<OAuth2TokenValidator<Jwt>> rules = new ArrayList<>();
    rules.add(JwtValidators.createDefaultWithIssuer(properties.oidcIssuer()));
    // A token without an end could never be withdrawn.
    rules.add(new JwtClaimValidator<>(JwtClaimNames.EXP, end -> end != null));
    String audience = properties.oidcAudience();
    if (!audience.isBlank()) {
      rules.add(
          new JwtClaimValidator<List<String>>(
              JwtClaimNames.AUD, named -> named != null && named.contains(audience)));
    }
    return new DelegatingOAuth2TokenValidator<>(rules);
  }

  /** Whether it has the form of a token, which no key of random letters and digits has. */
  static boolean looksLikeOne(String credential) {
    return credential.chars().filter(c -> c == '.').count() == 2;
  }

  /**
   * Whose token it is.
   *
   * @return fails with {@link UnknownCaller} if it is not good, with {@link Refusal} if the issuer
   *     can't be asked
   */
  Mono<Caller> find(String token) {
    return decoder
        .decode(token)
        .timeout(TOKEN_LIMIT)
        .map(this::caller)
        .onErrorMap(
            error -> !(error instanceof UnknownCaller) && !(error instanceof Refusal),
            error ->
                error instanceof BadJwtException bad
                    ? new UnknownCaller("The token is not accepted" + why(bad))
                    : issuerDown(error));
  }

  /** In the issuer's own terms; never anything of the token that was not verified. */
  private static String why(BadJwtException error) {
    return error instanceof JwtValidationException invalid
        ? invalid.getErrors().stream()
            .map(OAuth2Error::getDescription)
            .filter(text -> text != null)
            .distinct()
            .collect(Collectors.joining(", ", ": ", "."))
        : ": it can't be verified with the issuer's keys.";
  }

  private static Refusal issuerDown(Throwable error) {
    log.warn(
        "The issuer of OIDC_ISSUER can't be asked: {}",
        NestedExceptionUtils.getMostSpecificCause(error).toString());
    return Refusal.of(
        ISSUER_DOWN,
        "The issuer of tokens does not answer, so nobody can say whether this one is good. Try"
            + " again, or use an API key.");
  }

  private Caller caller(Jwt token) {
    String client =
        firstOf(token, List.of(properties.oidcTenantClaim(), "client_id", JwtClaimNames.SUB));
    if (client == null) {
      throw new UnknownCaller(
          "The token says nothing of who has it: it needs "
              + properties.oidcTenantClaim()
              + ", client_id or sub.");
    }
    return new Caller("token:" + client, scopes(token), namespace(client));
  }

  private Namespace namespace(String client) {
    if (properties.tenancy() == Tenancy.NONE) {
      return Namespace.WHOLE;
    }
    if (!ApiKeys.isTenant(client)) {
      throw new UnknownCaller(
          "The token's client can't be a tenant: "
              + properties.oidcTenantClaim()
              + " must be 1 to 32 of a-z 0-9 -");
    }
    return Namespace.of(client);
  }

  private static @Nullable String firstOf(Jwt token, List<String> claims) {
    for (String claim : claims) {
      if (token.getClaims().get(claim) instanceof String text && !text.isBlank()) {
        return text;
      }
    }
    return null;
  }

  /** {@code scope} as RFC 9068 has it, or {@code scp} as some issuers do; a list or one string. */
  private Set<Scope> scopes(Jwt token) {
    String prefix = properties.oidcScopePrefix();
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String claim : List.of("scope", "scp")) {
      for (String word : words(token.getClaims().get(claim))) {
        if (word.startsWith(prefix)) {
          Scope.of(word.substring(prefix.length())).ifPresent(scopes::add);
        }
      }
    }
    return scopes;
  }

  private static List<String> words(@Nullable Object claim) {
    if (claim instanceof String text) {
      return List.of(text.split(" ", -1));
    }
    return claim instanceof Collection<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  @Override
  public void close() {
    connections.dispose();
  }
}
