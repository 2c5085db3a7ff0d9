package tickets.ingest.status;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Whether a ticket of this run is known to have gone all the way. Taken for proved, unless whoever
 * starts the service wants to see it: put a {@link #pending()} one into the context before it
 * starts, or call {@link #withdraw()}, send a ticket, and call {@link #proved()} when its priority
 * came back. Until then {@code GET /status} is 503 with state {@code starting}; tickets are taken
 * all the same.
 */
public final class PipelineProof {

  private volatile boolean proved;

  private PipelineProof(boolean proved) {
    this.proved = proved;
  }

  /** Nobody wants to see it. */
  public static PipelineProof notAskedFor() {
    return new PipelineProof(true);
  }

  /** Somebody will call {@link #proved()}. */
  public static PipelineProof pending() {
    return new PipelineProof(false);
  }

  public void proved() {
    proved = true;
  }

  public void withdraw() {
    proved = false;
  }

  boolean isProved() {
    return proved;
  }

  /** Unless whoever starts this service has put its own one into the context. */
  @Configuration(proxyBeanMethods = false)
  static class Unasked {

    @Bean
    @ConditionalOnMissingBean
    PipelineProof pipelineProof() {
      return notAskedFor();
    }
  }
}
