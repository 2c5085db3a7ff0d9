package tickets.ingest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.testcontainers.DockerClientFactory;

/** Skips tests, with the reason, where containers can't be had within 30 s. */
final class Docker {

  private static final int LIMIT_SECONDS = 30;

  private Docker() {}

  /** Returns if Docker answers and has these images, or can pull them in time. */
  static void assumeImages(String... images) {
    // Whatever asks Docker for the first time also pulls Testcontainers' own image, for minutes
    // where
    // it can't be had.
    CompletableFuture<Void> there = CompletableFuture.runAsync(() -> pullMissing(images));
    String problem = "";
    try {
      there.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      problem = "not within " + LIMIT_SECONDS + " s";
    } catch (ExecutionException e) {
      problem = String.valueOf(e.getCause().getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "interrupted";
    }
    assumeTrue(
        problem.isEmpty(),
        "No containers of " + String.join(", ", images) + " and testcontainers/ryuk: " + problem);
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
