package tickets.benchmarks.killanywhere;

import java.util.Locale;

/** What a process is in the pipeline; in the order in which they are hit in turn. */
enum Role {
  SCORER,
  SINK,
  INGEST,
  REDIS,
  POSTGRES,
  BROKER;

  /** As it stands in files and tables. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
