package tickets.sink;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Transactions in PostgreSQL that are done, or have failed, when the call returns. */
final class Postgres {

  /**
   * With {@link #FETCH_WAIT}, of a listener that writes here: what comes within a fifth of a second
   * is one transaction, unless it is much. A transaction costs as much as the rows of many tickets,
   * and no caller waits for one: they are told by Redis.
   */
  static final String FETCH_BYTES = ConsumerConfig.FETCH_MIN_BYTES_CONFIG + ":65536";

  static final String FETCH_WAIT = ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG + ":200";

  /** PostgreSQL's own range is wider, but this one is read by every client. */
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private final ConnectionFactory connections;
  private final Duration timeout;

  /**
   * @param timeout the longest a transaction may take, connecting included
   */
  Postgres(ConnectionFactory connections, Duration timeout) {
    this.connections = connections;
    this.timeout = timeout;
  }

  /**
   * Runs {@code work} in one transaction and waits for its commit.
   *
   * @throws RuntimeException if it was not committed, or not known to be so in time
   */
  void inTransaction(Function<Connection, Mono<Void>> work) {
    Mono.usingWhen(
            connections.create(),
            connection -> Mono.from(connection.beginTransaction()).then(work.apply(connection)),
            connection -> Mono.from(connection.commitTransaction()).then(close(connection)),
            (connection, error) -> rollBack(connection),
            Postgres::rollBack)
        .block(timeout);
  }

  private static Mono<Void> rollBack(Connection connection) {
    // The first error is the one to tell; a broken connection can't be rolled back anyway.
    return Mono.from(connection.rollbackTransaction())
        .onErrorComplete()
        .then(close(connection).onErrorComplete());
  }

  private static Mono<Void> close(Connection connection) {
    return Mono.from(connection.close());
  }

  /**
   * One statement whose parameters are columns: {@code $1} is the first, and so on.
   *
   * @param columns arrays of the same length, one element for each row
   */
  static Mono<Void> execute(Connection connection, String sql, Object... columns) {
    return update(connection, sql, columns).then();
  }

  /**
   * As {@link #execute}.
   *
   * @return how many rows it was about
   */
  static Mono<Long> update(Connection connection, String sql, Object... columns) {
    var statement = connection.createStatement(sql);
    for (int i = 0; i < columns.length; i++) {
      statement.bind(i, columns[i]);
    }
    return Flux.from(statement.execute())
        .flatMap(result -> result.getRowsUpdated())
        .reduce(0L, Long::sum);
  }

  static <T> @Nullable String[] texts(List<T> rows, Function<T, @Nullable String> column) {
    return column(rows, column).toArray(String[]::new);
  }

  static <T> Integer[] ints(List<T> rows, Function<T, Integer> column) {
    return column(rows, column).toArray(Integer[]::new);
  }

  static <T> Long[] longs(List<T> rows, Function<T, Long> column) {
    return column(rows, column).toArray(Long[]::new);
  }

  static <T> Double[] doubles(List<T> rows, Function<T, Double> column) {
    return column(rows, column).toArray(Double[]::new);
  }

  static <T> Boolean[] booleans(List<T> rows, Function<T, Boolean> column) {
    return column(rows, column).toArray(Boolean[]::new);
  }

  /** A time no store can hold, from a clock gone mad, must not cost its ticket. */
  static <T> OffsetDateTime[] times(List<T> rows, Function<T, Instant> column) {
    return column(rows, column.andThen(Postgres::storable)).toArray(OffsetDateTime[]::new);
  }

  private static <T, C extends @Nullable Object> Stream<C> column(
      List<T> rows, Function<T, C> column) {
    return rows.stream().map(column);
  }

  private static OffsetDateTime storable(Instant time) {
    Instant kept = time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time;
    return kept.atOffset(ZoneOffset.UTC);
  }

  /**
   * Whether PostgreSQL refused the data itself, so that trying again can't help: SQLSTATE classes
   * 22 (data exception) and 23 (integrity), and 54 (a limit of the program, such as an index row
   * too long). All else, the disk full or a table missing included, is for an operator to mend, and
   * the data is good.
   */
  static boolean refusesData(Throwable failure) {
    String state = sqlState(failure);
    return state != null
        && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
  }

  /** SQLSTATE of the failure, if PostgreSQL gave one. */
  static @Nullable String sqlState(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof R2dbcException refused) {
        return refused.getSqlState();
      }
    }
    return null;
  }
}
