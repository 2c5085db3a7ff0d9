package tickets.ingest;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.CompletableFuture;
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
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(DockerImages.Condition.class)
@interface DockerImages {

  String[] value();

  /** Looks for them. */
  final class Condition implements ExecutionCondition {

    private static final int LIMIT_SECONDS = 30;

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (context.getTestMethod().isPresent()) {
        return ConditionEvaluationResult.enabled("the class was looked at");
      }
      String[] images = context.getRequiredTestClass().getAnnotation(DockerImages.class).value();
      // Even asking whether Docker answers may pull an image, Testcontainers' own, for minutes.
      CompletableFuture<Void> there = CompletableFuture.runAsync(() -> pullMissing(images));
      String problem;
      try {
        there.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return ConditionEvaluationResult.enabled("Docker has the images");
      } catch (TimeoutException e) {
        problem = "not within " + LIMIT_SECONDS + " s";
      } catch (ExecutionException e) {
        problem = String.valueOf(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        problem = "interrupted";
      }
      return ConditionEvaluationResult.disabled(
          "Docker can't get " + String.join(", ", images) + " or testcontainers/ryuk: " + problem);
    }

    private static void pullMissing(String... images) {
      if (!DockerClientFactory.instance().isDockerAvailable()) {
        throw new IllegalStateException("Docker does not answer");
      }
      DockerClient docker = DockerClientFactory.instance().client();
      for (String image : images) {
        try {
          docker.inspectImageCmd(image).exec();
        } catch (NotFoundException missing) {
          try {
            docker.pullImageCmd(image).start().awaitCompletion();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
      }
    }
  }
}
