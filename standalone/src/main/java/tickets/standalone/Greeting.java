package tickets.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/** What a person sees when it is ready: where it is, and calls to copy with their real answers. */
record Greeting(
    StartSettings settings, Endpoints endpoints, List<FirstTickets.Answer> firstAnswers) {

  void print(PrintStream out) {
    String key = settings.access().isOpen() ? "" : " -H \"Authorization: Bearer $KEY\"";
    StringBuilder text = new StringBuilder();
    text.append("\nticket-priority is ready at ").append(endpoints.http()).append('\n');
    text.append("  calls      ").append(endpoints.http()).append("/swagger-ui.html\n");
    text.append("  status     ").append(endpoints.http()).append("/status\n");
    text.append("\nAsk it over HTTP:\n");
    for (FirstTickets.Answer answer : firstAnswers) {
      text.append("\n  curl -s ")
          .append(endpoints.http())
          .append("/v1/bert_prediction")
          .append(key)
          .append(" -H 'Content-Type: application/json' -d '")
          .append(new String(EventJson.write(Map.of("text", answer.text())), UTF_8))
          .append("'\n  ")
          .append(answer.answer())
          .append('\n');
    }
    text.append("\nOr publish to Kafka, key = your ticket's id (any client; here kcat):\n\n")
        .append("  echo 'desk-1|{\"text\": \"Не могу войти в почту, жду письмо от клиента\"}'")
        .append(" | kcat -P -b ")
        .append(endpoints.kafka())
        .append(" -t ")
        .append(Topics.TICKETS)
        .append(" -K '|'\n  curl -s ")
        .append(endpoints.http())
        .append("/result/desk-1")
        .append(key)
        .append("\n  kcat -C -b ")
        .append(endpoints.kafka())
        .append(" -t ")
        .append(Topics.PRIORITIES)
        .append(" -o beginning -e\n");
    text.append("\nLook into the stores:\n\n  psql ")
        .append(endpoints.postgres())
        .append(
            " -c 'select date_add, task_id, task_priority, round(priority_score::numeric, 3) as"
                + " score, left(text_task, 60) as text from prediction order by id desc limit 10'")
        .append("\n  redis-cli -u ")
        .append(endpoints.redis())
        .append(" get model:current\n");
    text.append("\nData and logs are in ")
        .append(settings.dataDirectory())
        .append(" (addresses for programs: endpoints.json). Ctrl-C stops it.\n");
    out.println(text);
    out.flush();
  }
}
