package tickets.scorer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.testcontainers.DockerClientFactory;

/** Skips tests, with the reason, where containers can't be had within 30 s. */
final class Docker {

  private static final int LIMIT_SECONDS = 30;

  private Docker() {}

  /** Asked once a run: an answer may take the whole limit. */
  private static final Map<String, String> PROBLEMS = new ConcurrentHashMap<>();

  /** Returns if Docker answers and has this image, or can pull it in time. */
  static void assumeImage(String image) {
    String problem = PROBLEMS.computeIfAbsent(image, Docker::problemWith);
    assumeTrue(
        problem.isEmpty(),
        "Docker can't get " + image + " or Testcontainers' own image: " + problem);
  }

  private static String problemWith(String image) {
    // Even to ask whether Docker answers pulls an image, Testcontainers' own, and tries for
    // minutes.
    CompletableFuture<Void> there = CompletableFuture.runAsync(() -> pullIfMissing(image));
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

  private static void pullIfMissing(String image) {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw new IllegalStateException("Docker does not answer");
    }
    DockerClient docker = DockerClientFactory.instance().client();
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
