package tickets.benchmarks.processes;

import java.util.Locale;

/** What a process is in the pipeline; in the order in which they are hit in turn. */
public enum Role {
  SCORER,
  SINK,
  INGEST,
  REDIS,
  POSTGRES,
  BROKER;

  /** As it stands in files and tables. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
