package tickets.sink;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/** Skips a class, with the reason, where its containers can't be had within 30 s. */
final class Docker implements ExecutionCondition {

  static final String KAFKA = "apache/kafka:4.2.1";
  static final String POSTGRES = "postgres:18";
  static final String REDIS = "redis:7";

  private static final List<String> IMAGES = List.of(KAFKA, POSTGRES, REDIS);
  private static final int LIMIT_SECONDS = 30;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    // Whatever asks Docker for the first time also pulls Testcontainers' own image, for minutes
    // where it can't be had.
    CompletableFuture<Void> there = CompletableFuture.runAsync(Docker::pullMissing);
    try {
      there.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return ConditionEvaluationResult.enabled("Docker has the images");
    } catch (TimeoutException e) {
      return skipped("they can't be had within " + LIMIT_SECONDS + " s");
    } catch (ExecutionException e) {
      return skipped(String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return skipped("interrupted");
    }
  }

  private static ConditionEvaluationResult skipped(String why) {
    return ConditionEvaluationResult.disabled(
        "No containers of " + IMAGES + " and testcontainers/ryuk: " + why);
  }

  private static void pullMissing() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw new IllegalStateException("Docker does not answer");
    }
    DockerClient docker = DockerClientFactory.instance().client();
    for (String image : IMAGES) {
      try {
        docker.inspectImageCmd(image).exec();
      } catch (NotFoundException missing) {
        pull(docker, image);
      }
    }
  }

  private static void pull(DockerClient docker, String image) {
    try {
      docker.pullImageCmd(image).start().awaitCompletion();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
