package tickets.standalone;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import tickets.ingest.access.SafeStart;

/**
 * What a person may say by environment.
 *
 * @param bind address on which HTTP and Kafka listen ({@code BIND}, 127.0.0.1); PostgreSQL and
 *     Redis always listen on 127.0.0.1 only
 * @param port HTTP port ({@code PORT}, 8080)
 * @param kafkaPort Kafka's port ({@code KAFKA_PORT}, 9092)
 * @param dataDirectory where everything is kept across restarts ({@code DATA_DIR}, .data)
 * @param modelPath a Hugging Face BERT directory ({@code MODEL_PATH})
 * @param access who may call ({@code API_KEYS} and its kin); each is handed to ingest-api too
 */
record StartSettings(
    String bind, int port, int kafkaPort, Path dataDirectory, Path modelPath, SafeStart access) {

  /** Nobody is asked for a key. */
  StartSettings(String bind, int port, int kafkaPort, Path dataDirectory, Path modelPath) {
    this(bind, port, kafkaPort, dataDirectory, modelPath, SafeStart.from(Map.of("BIND", bind)));
  }

  /**
   * Reads the settings.
   *
   * @throws CannotStart naming the variable that makes no sense
   */
  static StartSettings from(Map<String, String> environment) {
    checkLogFormat(environment.getOrDefault("LOG_FORMAT", "text"));
    return new StartSettings(
        environment.getOrDefault("BIND", "127.0.0.1"),
        port(environment, "PORT", 8080),
        port(environment, "KAFKA_PORT", 9092),
        path(environment, "DATA_DIR", ".data"),
        path(environment, "MODEL_PATH", "models/ticket-priority-ru-en"),
        SafeStart.from(environment));
  }

  /** The address under which a client on this machine reaches what listens on {@link #bind}. */
  String host() {
    return switch (bind) {
      case "0.0.0.0", "::", "[::]" -> "127.0.0.1";
      default -> bind.contains(":") && !bind.startsWith("[") ? "[" + bind + "]" : bind;
    };
  }

  String httpUrl() {
    return (access.hasTls() ? "https://" : "http://") + host() + ":" + port;
  }

  /** logback.xml reads it by itself, and would log nothing at all for a word it does not know. */
  private static void checkLogFormat(String format) {
    if (!format.equals("text") && !format.equals("json")) {
      throw new CannotStart("LOG_FORMAT=" + format + " is no format. Use text or json.");
    }
  }

  private static int port(Map<String, String> environment, String name, int standard) {
    String value = environment.getOrDefault(name, "");
    if (value.isBlank()) {
      return standard;
    }
    try {
      int port = Integer.parseInt(value.strip());
      if (port >= 1 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below, with the way out.
    }
    throw new CannotStart(name + "=" + value + " is no port. Give a number from 1 to 65535.");
  }

  private static Path path(Map<String, String> environment, String name, String standard) {
    String value = environment.getOrDefault(name, "");
    try {
      return Path.of(value.isBlank() ? standard : value.strip()).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new CannotStart(name + "=" + value + " is no path: " + e.getReason());
    }
  }
}
