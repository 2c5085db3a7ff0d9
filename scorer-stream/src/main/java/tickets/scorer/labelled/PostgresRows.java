package tickets.scorer.labelled;

import io.r2dbc.spi.ColumnMetadata;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Rows of a query to PostgreSQL. */
final class PostgresRows {
  private static final Duration CONNECTING = Duration.ofSeconds(10);

  /** Without a row for that long, the query is given up. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  private PostgresRows() {}

  static void read(String url, String query, LabelledTickets.Collected rows) {
    AtomicLong number = new AtomicLong();
    try {
      Flux.usingWhen(
              Mono.from(ConnectionFactories.get(r2dbc(url)).create()).timeout(CONNECTING),
              connection ->
                  Flux.from(connection.createStatement(query).execute())
                      .concatMap(result -> result.map(PostgresRows::row))
                      .timeout(SILENCE),
              Connection::close)
          .doOnNext(
              row -> {
                if (number.incrementAndGet() == 1) {
                  rows.header(new ArrayList<>(row.keySet()));
                }
                rows.row(number.get(), row);
              })
          .then()
          .block();
    } catch (R2dbcException e) {
      throw new UnusableData("PostgreSQL refuses: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new UnusableData(
          "The URL of PostgreSQL is not one such as postgresql://user:password@host:5432/tickets.",
          e);
    } catch (RuntimeException e) {
      if (e instanceof UnusableData unusable) {
        throw unusable;
      }
      throw new UnusableData("PostgreSQL cannot be asked: " + e.getMessage(), e);
    }
    if (number.get() == 0) {
      throw new UnusableData("The query gives no rows.");
    }
  }

  private static String r2dbc(String url) {
    if (url.startsWith("r2dbc:")) {
      return url;
    }
    return "r2dbc:" + (url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url);
  }

  private static Map<String, String> row(Row row, RowMetadata metadata) {
    Map<String, String> fields = new LinkedHashMap<>();
    List<? extends ColumnMetadata> columns = metadata.getColumnMetadatas();
    for (int i = 0; i < columns.size(); i++) {
      Object value = row.get(i);
      fields.put(columns.get(i).getName(), value == null ? "" : value.toString());
    }
    return fields;
  }
}
