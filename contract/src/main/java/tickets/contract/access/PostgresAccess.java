package tickets.contract.access;

import java.util.Locale;
import java.util.Objects;

/**
 * How connections to PostgreSQL are encrypted. Half of a setting, and a file that is not what it
 * should be, are refused when this is made.
 *
 * @param tls {@code POSTGRES_TLS}
 * @param tlsCa {@code POSTGRES_TLS_CA}: PEM file of the authorities that may vouch for the server;
 *     empty: those the JVM trusts
 */
public record PostgresAccess(Tls tls, String tlsCa) {

  /** PostgreSQL's own {@code sslmode}s, those that say what they do. */
  public enum Tls {
    /** Not encrypted, unless the address itself says otherwise. */
    DISABLE,
    /** Encrypted, but whoever answers is believed to be the server. */
    REQUIRE,
    /** The server's certificate must come from a trusted authority. */
    VERIFY_CA,
    /** And be made out to the host in the address. */
    VERIFY_FULL;

    /** As PostgreSQL's drivers spell it. */
    public String sslMode() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * Checks that the settings fit together.
   *
   * @throws IllegalArgumentException with one line that names what to set
   */
  public PostgresAccess {
    Objects.requireNonNull(tls, "POSTGRES_TLS is empty");
    if (!tlsCa.isEmpty()) {
      if (tls != Tls.VERIFY_CA && tls != Tls.VERIFY_FULL) {
        throw new IllegalArgumentException(
            "POSTGRES_TLS_CA is set, but POSTGRES_TLS="
                + tls.sslMode()
                + " looks at no certificate. Set POSTGRES_TLS=verify-full, or unset it.");
      }
      PemFile.certificates("POSTGRES_TLS_CA", tlsCa);
    }
  }
}
