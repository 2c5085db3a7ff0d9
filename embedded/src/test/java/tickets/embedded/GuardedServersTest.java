package tickets.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that let in only whom they know. */
class GuardedServersTest {

  @TempDir static Path files;
  private static TestCertificates authority;
  private static ServerTls tls;

  @BeforeAll
  static void makeCertificates() throws Exception {
    authority = TestCertificates.in(files);
    tls = authority.issue("server");
  }

  @Test
  void redisWantsTlsAndThePassword(@TempDir Path directory) throws Exception {
    String password = "a \"quoted\" \\ one";
    try (EmbeddedRedis redis = EmbeddedRedis.start(directory, 0, password, tls)) {
      assertThat(redis.url()).isEqualTo("rediss://127.0.0.1:%d", redis.port());
      assertThat(Files.getPosixFilePermissions(directory.resolve("redis.conf"))).hasSize(2);
      assertThatThrownBy(() -> RedisLine.send(redis.port(), "PING"))
          .isInstanceOf(java.io.IOException.class);
      assertThat(RedisLine.send(tls, redis.port(), "PING")).startsWith("NOAUTH");
    }
  }

  @Test
  void postgresWantsTlsAndLetsItsServiceUserMakeNothing(@TempDir Path directory) throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, 0, tls)) {
      assertThatThrownBy(() -> connect(postgres, postgres.user(), postgres.password(), "disable"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("no encryption");
      try (Connection owner =
              connect(postgres, postgres.user(), postgres.password(), "verify-full");
          Connection service =
              connect(
                  postgres, postgres.serviceUser(), postgres.servicePassword(), "verify-full")) {
        owner.createStatement().execute("create table t (x int)");
        assertRefused(service, "select * from t");
        assertRefused(service, "create table mine (x int)");
        assertRefused(service, "create temporary table mine (x int)");
        owner.createStatement().execute("grant select on t to tickets_service");
        try (Statement statement = service.createStatement();
            ResultSet rows = statement.executeQuery("select * from t")) {
          assertThat(rows.next()).isFalse();
        }
      }
    }
    // The same directory, as an earlier version left it: without the second user's password.
    Files.delete(directory.resolve("service-password"));
    try (EmbeddedPostgres again = EmbeddedPostgres.start(directory, 0);
        Connection service =
            connect(again, again.serviceUser(), again.servicePassword(), "disable")) {
      assertThat(service.isValid(5)).isTrue();
    }
  }

  private static Connection connect(
      EmbeddedPostgres postgres, String user, String password, String mode) throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl()
            + "?sslmode="
            + mode
            + (mode.equals("disable") ? "" : "&sslrootcert=" + tls.ca()),
        user,
        password);
  }

  private static void assertRefused(Connection connection, String sql) {
    assertThatThrownBy(() -> connection.createStatement().execute(sql))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("permission denied");
  }

  @Test
  void kafkaWantsACertificateAndAUserAndAllowsHimNothingUnasked(@TempDir Path directory)
      throws Exception {
    EmbeddedKafka.Guard guard = new EmbeddedKafka.Guard(tls, "admin", "admin-secret");
    int port;
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, Ports.LOOPBACK, 0, guard)) {
      port = kafka.port();
      try (Admin admin = Admin.create(client(kafka, "admin", "admin-secret"))) {
        admin
            .alterUserScramCredentials(
                java.util.List.of(
                    new UserScramCredentialUpsertion(
                        "guest",
                        new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                        "guest-secret")))
            .all()
            .get(30, TimeUnit.SECONDS);
      }
      try (Admin guest = Admin.create(client(kafka, "guest", "guest-secret"))) {
        assertThat(guest.listTopics().names().get(30, TimeUnit.SECONDS)).isEmpty();
        assertThatThrownBy(
                () ->
                    guest
                        .describeAcls(org.apache.kafka.common.acl.AclBindingFilter.ANY)
                        .values()
                        .get(30, TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(ClusterAuthorizationException.class);
      }
      assertRefused(client(kafka, "guest", "wrong"), SaslAuthenticationException.class);
      Map<String, Object> uncertified = client(kafka, "guest", "guest-secret");
      uncertified.keySet().removeIf(name -> name.startsWith("ssl.keystore"));
      assertRefused(uncertified, org.apache.kafka.common.errors.SslAuthenticationException.class);
    }
    try (EmbeddedKafka again = EmbeddedKafka.start(directory, Ports.LOOPBACK, port, guard);
        Admin guest = Admin.create(client(again, "guest", "guest-secret"))) {
      assertThat(guest.listTopics().names().get(30, TimeUnit.SECONDS)).isEmpty();
    }
  }

  private static void assertRefused(
      Map<String, Object> settings, Class<? extends Exception> reason) {
    try (Admin admin = Admin.create(settings)) {
      assertThatThrownBy(() -> admin.listTopics().names().get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(reason);
    }
  }

  private static Map<String, Object> client(EmbeddedKafka kafka, String user, String password)
      throws Exception {
    ServerTls own = authority.issue(user);
    return new HashMap<>(
        Map.of(
            "bootstrap.servers",
            kafka.bootstrapServers(),
            "security.protocol",
            "SASL_SSL",
            "sasl.mechanism",
            "SCRAM-SHA-512",
            "sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
                .formatted(user, password),
            "ssl.truststore.type",
            "PEM",
            "ssl.truststore.location",
            own.ca().toString(),
            "ssl.keystore.type",
            "PEM",
            "ssl.keystore.certificate.chain",
            Files.readString(own.certificate()),
            "ssl.keystore.key",
            Files.readString(own.privateKey())));
  }
}
