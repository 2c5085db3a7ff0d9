package tickets.embedded;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** SQL to an embedded PostgreSQL. */
final class Rows {
  private Rows() {}

  /** The first column of what the statement answers; empty if it answers nothing. */
  static List<String> of(int port, String password, String sql) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/tickets";
    try (Connection connection = DriverManager.getConnection(url, "tickets", password);
        Statement statement = connection.createStatement()) {
      List<String> rows = new ArrayList<>();
      if (statement.execute(sql)) {
        try (ResultSet result = statement.getResultSet()) {
          while (result.next()) {
            rows.add(result.getString(1));
          }
        }
      }
      return rows;
    }
  }

  static List<String> of(EmbeddedPostgres postgres, String sql) throws SQLException {
    return of(postgres.port(), postgres.password(), sql);
  }
}
