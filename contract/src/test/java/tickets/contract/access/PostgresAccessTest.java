package tickets.contract.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tickets.contract.access.PostgresAccess.Tls;

class PostgresAccessTest {

  @Test
  void theModesAreSpelledAsPostgresDriversDo() {
    assertThat(Tls.values())
        .extracting(Tls::sslMode)
        .containsExactly("disable", "require", "verify-ca", "verify-full");
  }

  @Test
  void anAuthorityThatNobodyWouldAskIsRefused() {
    assertThatThrownBy(() -> new PostgresAccess(Tls.REQUIRE, "ca.pem"))
        .hasMessageStartingWith(
            "POSTGRES_TLS_CA is set, but POSTGRES_TLS=require looks at no certificate");
    assertThatThrownBy(() -> new PostgresAccess(Tls.VERIFY_FULL, "missing.pem"))
        .hasMessage("POSTGRES_TLS_CA=missing.pem: there is no such file");
  }
}
