package tickets.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static tickets.ingest.Keys.bearer;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tickets.ingest.Service.Answer;

/** A client that keeps its connection is answered again and again, however quick it is. */
class KeptConnectionsTest {

  /** Answered at once and later, in one piece and in several. */
  private static final List<String> PATHS =
      List.of(
          "/webjars/swagger-ui/index.html",
          "/v3/api-docs",
          "/status",
          "/nowhere",
          "/result/T-1",
          "/swagger-ui.html");

  @Test
  void noCallOfAThousandInARowIsLost() {
    Random random = new Random(1);
    Map<Integer, Integer> statuses = new TreeMap<>();
    try (Service service = Service.start(Servers.none(), Keys.setting("desk:score+read"))) {
      for (int i = 0; i < 1000; i++) {
        String[] key = random.nextBoolean() ? bearer("desk") : new String[0];
        boolean post = random.nextInt(4) == 0;
        String path = PATHS.get(random.nextInt(PATHS.size()));
        Answer answer = post ? service.score("{\"text\":\"\"}", key) : service.get(path, key);
        statuses.merge(answer.status(), 1, Integer::sum);
      }
    }

    assertThat(statuses).containsOnlyKeys(200, 302, 400, 401, 404, 503);
  }
}
