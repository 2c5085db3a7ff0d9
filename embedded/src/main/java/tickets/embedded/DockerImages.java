package tickets.embedded;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/**
 * Skips a test class, with the reason in the report, where Docker does not answer or can't have
 * these images within 30 s. A condition, because a class that gives up in {@code @BeforeAll} is
 * counted by Surefire as no test at all.
 *
 * <p>Only for tests that run the same against containers as against the servers of this package:
 * JUnit and Testcontainers are theirs, {@code ./start} has neither.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(DockerImages.Condition.class)
public @interface DockerImages {

  /** As in docker-compose.yml. */
  String KAFKA = "apache/kafka:4.2.1";

  /** As in docker-compose.yml. */
  String POSTGRES = "postgres:18";

  /** As in docker-compose.yml. */
  String REDIS = "redis:7";

  /** Names with tags. */
  String[] value();

  /** Looks for them. */
  final class Condition implements ExecutionCondition {

    private static final int LIMIT_SECONDS = 30;

    /** Asked once a run: an answer may take the whole limit. Empty: they are there. */
    private static final Map<List<String>, String> PROBLEMS = new ConcurrentHashMap<>();

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (context.getTestMethod().isPresent()) {
        return ConditionEvaluationResult.enabled("the class was looked at");
      }
      List<String> images =
          Arrays.asList(context.getRequiredTestClass().getAnnotation(DockerImages.class).value());
      String problem = PROBLEMS.computeIfAbsent(images, Condition::problemWith);
      return problem.isEmpty()
          ? ConditionEvaluationResult.enabled("Docker has the images")
          : ConditionEvaluationResult.disabled(
              "Docker can't get "
                  + String.join(", ", images)
                  + " or testcontainers/ryuk: "
                  + problem);
    }

    private static String problemWith(List<String> images) {
      // Even asking whether Docker answers may pull an image, Testcontainers' own, for minutes.
      CompletableFuture<Void> there = CompletableFuture.runAsync(() -> pullMissing(images));
      try {
        there.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return "";
      } catch (TimeoutException e) {
        return "not within " + LIMIT_SECONDS + " s";
      } catch (ExecutionException e) {
        return String.valueOf(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return "interrupted";
      }
    }

    private static void pullMissing(List<String> images) {
      if (!DockerClientFactory.instance().isDockerAvailable()) {
        throw new IllegalStateException("Docker does not answer");
      }
      DockerClient docker = DockerClientFactory.instance().client();
      for (String image : images) {
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
}
