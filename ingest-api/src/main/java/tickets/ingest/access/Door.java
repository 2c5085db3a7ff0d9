package tickets.ingest.access;

import static tickets.ingest.Refusal.Reason.FORBIDDEN;
import static tickets.ingest.Refusal.Reason.INVALID;
import static tickets.ingest.Refusal.Reason.UNAUTHENTICATED;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.authorization.ReactiveAuthorizationManager;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.authentication.AuthenticationWebFilter;
import org.springframework.security.web.server.authorization.AuthorizationContext;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.firewall.ServerExchangeRejectedHandler;
import org.springframework.security.web.server.header.ReferrerPolicyServerHttpHeadersWriter.ReferrerPolicy;
import org.springframework.security.web.server.header.XFrameOptionsServerHttpHeadersWriter;
import org.springframework.security.web.server.util.matcher.NegatedServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.OrServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsConfigurationSource;
import org.springframework.web.cors.reactive.UrlBasedCorsConfigurationSource;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import tickets.ingest.Refusal;

/**
 * Every call comes through here before anything else sees it: who is it, how often does it call,
 * may it do that. What is not named here is not there.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebFluxSecurity
@EnableConfigurationProperties(AccessProperties.class)
class Door implements DisposableBean {

  private static final Logger log = LoggerFactory.getLogger(Door.class);

  /** The API's description and its page: they say how to call, and nothing of any ticket. */
  private static final String[] PUBLIC = {
    "/",
    "/swagger-ui.html",
    "/swagger-ui/**",
    "/webjars/**",
    "/v3/api-docs",
    "/v3/api-docs/**",
    "/v3/api-docs.yaml"
  };

  private static final ServerWebExchangeMatcher READING_PUBLIC =
      new OrServerWebExchangeMatcher(
          ServerWebExchangeMatchers.pathMatchers(HttpMethod.GET, PUBLIC),
          ServerWebExchangeMatchers.pathMatchers(HttpMethod.HEAD, PUBLIC));

  /**
   * The page brings its own scripts and styles and needs nothing else from anywhere. Inline styles
   * and pictures in data URLs are what Swagger UI is made with.
   */
  private static final String CONTENT_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'"
          + " data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action"
          + " 'none'";

  private static final Duration HSTS_LIFE = Duration.ofDays(365);
  private static final Duration PREFLIGHT_LIFE = Duration.ofHours(1);

  private final AccessProperties properties;
  private final RateLimiter limiter;
  private final ApiKeys keys;
  private final @Nullable Tokens tokens;
  private final boolean open;

  Door(
      AccessProperties properties,
      Environment environment,
      RateLimiter limiter,
      ReactorResourceFactory resources) {
    SafeStart start = SafeStart.from(properties, environment.getProperty("server.address", ""));
    this.properties = properties;
    this.limiter = limiter;
    keys = ApiKeys.parse(properties.apiKeys(), properties.tenancy());
    tokens = properties.oidcIssuer().isBlank() ? null : new Tokens(properties, resources);
    open = start.isOpen();
    if (start.isOpenToOthers()) {
      log.warn(
          "AUTH=none: whoever reaches this service may send tickets, read, correct and erase them,"
              + " and change the model");
    } else if (open) {
      log.info("Nobody is asked for a key: only this machine reaches this service");
    }
  }

  @Override
  public void destroy() {
    if (tokens != null) {
      tokens.close();
    }
  }

  @Bean
  SecurityWebFilterChain everyCall(ServerHttpSecurity security, ApplicationContext context) {
    return security
        // The management port is another server of the same process, with a context of its own. It
        // is deliberately open: it listens on MANAGEMENT_BIND (loopback unless somebody says
        // otherwise), for probes and scrapers that have no keys.
        .securityMatcher(
            exchange ->
                exchange.getApplicationContext() == context
                    ? MatchResult.match()
                    : MatchResult.notMatch())
        .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
        .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
        // No cookies, so no requests forged with them.
        .csrf(ServerHttpSecurity.CsrfSpec::disable)
        .formLogin(ServerHttpSecurity.FormLoginSpec::disable)
        .httpBasic(ServerHttpSecurity.HttpBasicSpec::disable)
        .logout(ServerHttpSecurity.LogoutSpec::disable)
        .cors(cors -> cors.configurationSource(corsOrigins()))
        .headers(
            headers ->
                headers
                    .contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT_POLICY))
                    .frameOptions(
                        frames -> frames.mode(XFrameOptionsServerHttpHeadersWriter.Mode.DENY))
                    .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.NO_REFERRER))
                    .hsts(hsts -> hsts.maxAge(HSTS_LIFE).includeSubdomains(false)))
        .addFilterAt(authentication(), SecurityWebFiltersOrder.AUTHENTICATION)
        .addFilterAfter(this::countAndName, SecurityWebFiltersOrder.AUTHENTICATION)
        .exceptionHandling(
            errors ->
                errors
                    .authenticationEntryPoint((exchange, error) -> Mono.error(noCredential()))
                    .accessDeniedHandler((exchange, error) -> Mono.error(nothingHere())))
        .authorizeExchange(
            doors ->
                doors
                    .matchers(READING_PUBLIC)
                    .permitAll()
                    .pathMatchers("/v1/bert_prediction", "/v1/bert_prediction_async")
                    .access(who(Scope.SCORE))
                    .pathMatchers("/result/**")
                    .access(who(Scope.READ))
                    .pathMatchers("/v1/quality")
                    .access(who(Scope.READ))
                    .pathMatchers("/v1/tickets/*/correction")
                    .access(who(Scope.CORRECT))
                    .pathMatchers("/v1/tickets/**", "/v1/model")
                    .access(who(Scope.ADMIN))
                    .pathMatchers("/status")
                    .access(who(null))
                    .anyExchange()
                    .access((authentication, call) -> knownOr401(authentication)))
        .build();
  }

  private AuthenticationWebFilter authentication() {
    AuthenticationWebFilter filter =
        new AuthenticationWebFilter((ReactiveAuthenticationManager) this::identify);
    filter.setServerAuthenticationConverter(
        exchange -> Mono.justOrEmpty(Credential.of(exchange.getRequest())));
    filter.setAuthenticationFailureHandler(
        (at, error) -> refuseUnknown(at.getExchange(), error.getMessage()));
    // Where nobody is asked for a key, one that is shown all the same is not looked at.
    filter.setRequiresAuthenticationMatcher(
        open
            ? exchange -> MatchResult.notMatch()
            : new NegatedServerWebExchangeMatcher(READING_PUBLIC));
    return filter;
  }

  private Mono<Authentication> identify(Authentication shown) {
    Credential credential = (Credential) shown;
    if (credential.isToken() && tokens != null) {
      return tokens.find(credential.getCredentials()).cast(Authentication.class);
    }
    return Mono.justOrEmpty(keys.find(credential.getCredentials()))
        .cast(Authentication.class)
        .switchIfEmpty(
            Mono.error(() -> new UnknownCaller("Nobody has this key. It may be withdrawn.")));
  }

  /** Also a wrong key costs a call: guessing is held to the same rate as calling. */
  private Mono<Void> refuseUnknown(ServerWebExchange exchange, @Nullable String why) {
    return limiter
        .admit(exchange, RateLimiter.address(exchange.getRequest()))
        .then(Mono.error(() -> Refusal.of(UNAUTHENTICATED, String.valueOf(why))));
  }

  private Mono<Void> countAndName(ServerWebExchange exchange, WebFilterChain chain) {
    return READING_PUBLIC
        .matches(exchange)
        .flatMap(
            free ->
                free.isMatch()
                    ? chain.filter(exchange)
                    : ReactiveSecurityContextHolder.getContext()
                        .mapNotNull(SecurityContext::getAuthentication)
                        .ofType(Caller.class)
                        .map(Optional::of)
                        .defaultIfEmpty(Optional.empty())
                        .flatMap(caller -> countAndName(exchange, chain, caller.orElse(null))));
  }

  private Mono<Void> countAndName(
      ServerWebExchange exchange, WebFilterChain chain, @Nullable Caller caller) {
    String client = caller == null ? RateLimiter.address(exchange.getRequest()) : caller.getName();
    Namespace namespace = caller != null ? caller.namespace() : open ? Namespace.WHOLE : null;
    if (namespace != null) {
      exchange.getAttributes().put(Namespace.ATTRIBUTE, namespace);
    }
    return limiter.admit(exchange, client).then(chain.filter(exchange));
  }

  /**
   * @param needed null: any caller may
   */
  private ReactiveAuthorizationManager<AuthorizationContext> who(@Nullable Scope needed) {
    return (authentication, call) ->
        open
            ? Mono.just(new AuthorizationDecision(true))
            : authentication
                .ofType(Caller.class)
                .switchIfEmpty(Mono.error(Door::noCredential))
                .map(
                    caller -> {
                      if (needed != null && !caller.may(needed)) {
                        throw Refusal.of(
                            FORBIDDEN,
                            "This key or token lacks the scope "
                                + needed.word()
                                + ", which this call needs.");
                      }
                      return new AuthorizationDecision(true);
                    });
  }

  /** Of what there is nothing, also of what the management port has, callers learn just that. */
  private Mono<AuthorizationResult> knownOr401(Mono<Authentication> authentication) {
    return open
        ? Mono.error(nothingHere())
        : authentication
            .ofType(Caller.class)
            .switchIfEmpty(Mono.error(Door::noCredential))
            .flatMap(caller -> Mono.error(nothingHere()));
  }

  private static Refusal noCredential() {
    return Refusal.of(
        UNAUTHENTICATED,
        "This call needs a key: send Authorization: Bearer KEY, or X-API-Key: KEY.");
  }

  private static ResponseStatusException nothingHere() {
    return new ResponseStatusException(HttpStatus.NOT_FOUND);
  }

  private CorsConfigurationSource corsOrigins() {
    UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
    List<String> origins =
        properties.corsOrigins().stream().map(String::strip).filter(o -> !o.isEmpty()).toList();
    if (!origins.isEmpty()) {
      CorsConfiguration configuration = new CorsConfiguration();
      configuration.setAllowedOrigins(origins);
      configuration.setAllowedMethods(List.of("GET", "POST", "DELETE"));
      configuration.setAllowedHeaders(
          List.of(
              "Authorization",
              Credential.KEY_HEADER,
              "Content-Type",
              "Idempotency-Key",
              "traceparent",
              "tracestate"));
      configuration.setExposedHeaders(
          List.of("Location", "Retry-After", "RateLimit", "RateLimit-Policy"));
      configuration.setMaxAge(PREFLIGHT_LIFE);
      source.registerCorsConfiguration("/**", configuration);
    }
    return source;
  }

  /** A request no decent client makes, such as {@code //} or {@code %2f} in a path. */
  @Bean
  ServerExchangeRejectedHandler malformedRequests() {
    return (exchange, error) ->
        Mono.error(
            Refusal.of(
                INVALID,
                "The request line or a header has characters that are not taken here. Send it as"
                    + " the API's description has it."));
  }

  /** Its own metrics and spans would double each call's. */
  @Bean
  SecurityObservationSettings noObservationsOfFilters() {
    return SecurityObservationSettings.noObservations();
  }
}
