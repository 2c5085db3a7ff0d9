package tickets.ingest;

/**
 * Where the servers of a test are.
 *
 * @param kafka bootstrap servers
 * @param redis {@code redis://…}
 * @param r2dbc {@code r2dbc:postgresql://…}
 * @param jdbc {@code jdbc:postgresql://…}
 */
record Servers(
    String kafka, String redis, String r2dbc, String jdbc, String user, String password) {

  /** Nobody is there: enough for what is decided before a ticket is looked at. */
  static Servers none() {
    return new Servers(
        "127.0.0.1:1",
        "redis://127.0.0.1:1",
        "r2dbc:postgresql://127.0.0.1:1/tickets",
        "jdbc:postgresql://127.0.0.1:1/tickets",
        "nobody",
        "nothing");
  }

  /** These, with a broker. */
  Servers withKafka(String bootstrapServers) {
    return new Servers(bootstrapServers, redis, r2dbc, jdbc, user, password);
  }

  /** These, with a Redis. */
  Servers withRedis(String url) {
    return new Servers(kafka, url, r2dbc, jdbc, user, password);
  }
}
