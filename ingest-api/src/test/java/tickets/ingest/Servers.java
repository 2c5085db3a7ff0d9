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
    String kafka, String redis, String r2dbc, String jdbc, String user, String password) {}
