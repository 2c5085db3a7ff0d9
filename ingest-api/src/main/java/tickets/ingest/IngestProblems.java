package tickets.ingest;

import static org.springframework.http.HttpStatus.BAD_REQUEST;
import static org.springframework.http.HttpStatus.CONFLICT;
import static org.springframework.http.HttpStatus.CONTENT_TOO_LARGE;
import static org.springframework.http.HttpStatus.GATEWAY_TIMEOUT;
import static org.springframework.http.HttpStatus.INTERNAL_SERVER_ERROR;
import static org.springframework.http.HttpStatus.METHOD_NOT_ALLOWED;
import static org.springframework.http.HttpStatus.NOT_ACCEPTABLE;
import static org.springframework.http.HttpStatus.NOT_FOUND;
import static org.springframework.http.HttpStatus.SERVICE_UNAVAILABLE;
import static org.springframework.http.HttpStatus.TOO_MANY_REQUESTS;
import static org.springframework.http.HttpStatus.UNAUTHORIZED;
import static org.springframework.http.HttpStatus.UNPROCESSABLE_CONTENT;
import static org.springframework.http.HttpStatus.UNSUPPORTED_MEDIA_TYPE;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import tickets.contract.EventJson;

/**
 * The only table from error to HTTP status. Whatever goes wrong, framework errors included, leaves
 * as {@code application/problem+json} with a detail that says what to do.
 */
@Component
// Before the framework's own handlers, which would answer with an empty body.
@Order(-2)
public final class IngestProblems implements WebExceptionHandler {

  private static final Logger log = LoggerFactory.getLogger(IngestProblems.class);

  private static final Set<Refusal.Reason> ROUTINE =
      Set.of(
          Refusal.Reason.UNKNOWN_TICKET,
          Refusal.Reason.NOT_SCORED,
          Refusal.Reason.NOT_READY,
          // A thousand a second under overload; Headroom says how many.
          Refusal.Reason.OVERLOADED,
          Refusal.Reason.BACKLOG,
          Refusal.Reason.TOO_MANY_CALLS);

  private final IngestMeters meters;

  IngestProblems(IngestMeters meters) {
    this.meters = meters;
  }

  /**
   * One line of the table.
   *
   * @param retryAfter when asking again makes sense; null where it does not
   */
  record Row(HttpStatus status, String title, @Nullable Duration retryAfter) {
    Row(HttpStatus status, String title) {
      this(status, title, null);
    }
  }

  static Row row(Refusal.Reason reason) {
    return switch (reason) {
      case INVALID -> new Row(BAD_REQUEST, "Invalid request");
      case UNAUTHENTICATED -> new Row(UNAUTHORIZED, "No valid key or token");
      case FORBIDDEN -> new Row(HttpStatus.FORBIDDEN, "Scope missing");
      // Retry-After is the caller's own, and set where its calls are counted.
      case TOO_MANY_CALLS -> new Row(TOO_MANY_REQUESTS, "Too many calls");
      case ISSUER_DOWN -> unavailable("The issuer of tokens does not answer", 5);
      case UNKNOWN_TICKET -> new Row(NOT_FOUND, "Unknown ticket");
      case TEXT_DIFFERS -> new Row(UNPROCESSABLE_CONTENT, "Id used with another text");
      case REJECTED -> new Row(UNPROCESSABLE_CONTENT, "Ticket rejected");
      case NOT_SCORED -> new Row(CONFLICT, "Not scored");
      case TEXT_NOT_KEPT -> new Row(CONFLICT, "Text not kept");
      case MODEL_FAULT -> new Row(INTERNAL_SERVER_ERROR, "The model failed on this ticket");
      case KAFKA_DOWN -> unavailable("Kafka does not answer", 5);
      case BACKLOG -> unavailable("Too many tickets wait to be scored", 30);
      case OVERLOADED -> unavailable("More tickets come in than are scored", 5);
      case NO_PERMIT -> unavailable("Too many callers wait", 1);
      case IN_FLIGHT -> unavailable("The same ticket is being accepted", 1);
      case ANOTHER_COMMAND -> new Row(HttpStatus.CONFLICT, "The model can't be commanded now");
      case STORE_DOWN -> unavailable("A store does not answer", 2);
      case NOT_READY -> unavailable("No ticket can be accepted and scored now", 2);
      case TIMED_OUT -> new Row(GATEWAY_TIMEOUT, "Not scored in time");
      case EXPLAINED_LATE -> new Row(GATEWAY_TIMEOUT, "Not explained in time");
    };
  }

  private static Row unavailable(String title, int seconds) {
    return new Row(SERVICE_UNAVAILABLE, title, Duration.ofSeconds(seconds));
  }

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
    if (exchange.getResponse().isCommitted()
        || DisconnectedClientHelper.isClientDisconnectedException(error)) {
      return Mono.error(error);
    }
    if (error instanceof Refusal refusal) {
      return refuse(exchange, refusal);
    }
    if (error instanceof DataBufferLimitException) {
      return tooLarge(exchange);
    }
    if (error instanceof ErrorResponse framework) {
      return framework(exchange, framework);
    }
    log.error(
        "{} {} failed",
        exchange.getRequest().getMethod(),
        exchange.getRequest().getPath().value(),
        error);
    return write(
        exchange,
        problem(
            exchange,
            "internal",
            INTERNAL_SERVER_ERROR,
            "Internal error",
            "This is a fault of the service, and it is in its log. Try again; if it stays, report"
                + " it with the time of this call."));
  }

  /**
   * A refusal as it leaves.
   *
   * @param retryAfter the header's value; null where asking again makes no sense
   */
  public record Answer(int status, @Nullable String retryAfter, byte[] problem) {}

  /** Counts a refusal whose answer is known. */
  public void count(Refusal refusal) {
    meters.refused(refusal.reason());
  }

  /** Counts and logs a refusal, and says what its caller is answered. */
  public Answer answer(Refusal refusal, String path) {
    Row row = row(refusal.reason());
    count(refusal);
    // Never the detail: it may quote what the caller sent.
    String line = "{} refused: {} {} -> {}";
    Object[] facts = {
      refusal.taskId() == null ? "Call" : "Ticket " + refusal.taskId(),
      refusal.reason(),
      refusal.code() == null ? "" : refusal.code(),
      row.status().value()
    };
    if (ROUTINE.contains(refusal.reason())) {
      log.debug(line, facts);
    } else {
      log.info(line, facts);
    }
    Duration known = refusal.retryAfter();
    Duration retryAfter = known == null ? row.retryAfter() : known;
    return new Answer(
        row.status().value(),
        retryAfter == null ? null : Long.toString(retryAfter.toSeconds()),
        EventJson.write(
            new Problem(
                type(refusal.reason().name()),
                row.title(),
                row.status().value(),
                refusal.detail(),
                path,
                refusal.code(),
                refusal.taskId(),
                refusal.more())));
  }

  private Mono<Void> refuse(ServerWebExchange exchange, Refusal refusal) {
    Answer answer = answer(refusal, exchange.getRequest().getPath().value());
    HttpHeaders headers = exchange.getResponse().getHeaders();
    if (answer.retryAfter() != null) {
      headers.set(HttpHeaders.RETRY_AFTER, answer.retryAfter());
    }
    if (refusal.reason() == Refusal.Reason.UNAUTHENTICATED) {
      headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"tickets\"");
    }
    if (refusal.reason() == Refusal.Reason.TIMED_OUT && refusal.taskId() != null) {
      headers.setLocation(URI.create("/result/" + refusal.taskId()));
    }
    return write(exchange, answer.status(), answer.problem());
  }

  /** What the framework found wrong before any of our code ran. */
  private Mono<Void> framework(ServerWebExchange exchange, ErrorResponse error) {
    HttpStatusCode code = error.getStatusCode();
    HttpStatus status = HttpStatus.resolve(code.value());
    if (status == null) {
      status = code.is4xxClientError() ? BAD_REQUEST : INTERNAL_SERVER_ERROR;
    }
    if (status == CONTENT_TOO_LARGE) {
      return tooLarge(exchange);
    }
    exchange.getResponse().getHeaders().putAll(error.getHeaders());
    String path = exchange.getRequest().getPath().value();
    String detail =
        switch (status) {
          case NOT_FOUND -> "There is nothing at " + path + ". GET / lists the calls.";
          case METHOD_NOT_ALLOWED ->
              exchange.getRequest().getMethod()
                  + " is not possible here. Use one of: "
                  + error.getHeaders().getAllow()
                  + ".";
          case NOT_ACCEPTABLE -> "Answers are JSON. Send Accept: application/json, or none.";
          case UNSUPPORTED_MEDIA_TYPE ->
              "The body must be JSON. Send Content-Type: application/json.";
          case BAD_REQUEST ->
              "The request can't be read. Send a JSON object such as {\"text\": \"…\"}.";
          default -> String.valueOf(error.getBody().getDetail());
        };
    return write(
        exchange, problem(exchange, status.name(), status, status.getReasonPhrase(), detail));
  }

  private Mono<Void> tooLarge(ServerWebExchange exchange) {
    // What the caller still sends is not worth reading.
    exchange.getResponse().getHeaders().set(HttpHeaders.CONNECTION, "close");
    return write(
        exchange,
        problem(
            exchange,
            CONTENT_TOO_LARGE.name(),
            CONTENT_TOO_LARGE,
            CONTENT_TOO_LARGE.getReasonPhrase(),
            "The body is larger than is taken. Shorten the text."));
  }

  private static Problem problem(
      ServerWebExchange exchange, String kind, HttpStatus status, String title, String detail) {
    return new Problem(
        type(kind),
        title,
        status.value(),
        detail,
        exchange.getRequest().getPath().value(),
        null,
        null,
        Map.of());
  }

  private static String type(String kind) {
    return "urn:tickets:problem:" + kind.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Mono<Void> write(ServerWebExchange exchange, Problem problem) {
    return write(exchange, problem.status(), EventJson.write(problem));
  }

  private static Mono<Void> write(ServerWebExchange exchange, int status, byte[] problem) {
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(HttpStatusCode.valueOf(status));
    response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    response.getHeaders().setContentLength(problem.length);
    return response.writeWith(Mono.just(response.bufferFactory().wrap(problem)));
  }
}
