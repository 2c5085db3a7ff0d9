package tickets.ingest.access;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tickets.contract.Tenancy;

/**
 * Whether the settings, taken together, are safe to start with. Nobody opens this service to others
 * by forgetting something: beyond this machine it wants keys, an issuer, or the word {@code none}.
 *
 * @param bind the address HTTP is served on
 */
public record SafeStart(
    String bind,
    String publishedOn,
    String auth,
    String apiKeys,
    String oidcIssuer,
    String tenancy,
    String rateLimit,
    String tlsCertificate,
    String tlsPrivateKey) {

  private static final String NOBODY_ASKED = "none";

  /** As the environment variables say. */
  public static SafeStart from(Map<String, String> environment) {
    return new SafeStart(
        environment.getOrDefault("BIND", "127.0.0.1"),
        environment.getOrDefault("PUBLISHED_ON", ""),
        environment.getOrDefault("AUTH", ""),
        environment.getOrDefault("API_KEYS", ""),
        environment.getOrDefault("OIDC_ISSUER", ""),
        environment.getOrDefault("TENANCY", ""),
        environment.getOrDefault("RATE_LIMIT", ""),
        environment.getOrDefault("TLS_CERTIFICATE", ""),
        environment.getOrDefault("TLS_PRIVATE_KEY", ""));
  }

  static SafeStart from(AccessProperties properties, String bind) {
    return new SafeStart(
        bind,
        properties.publishedOn(),
        properties.auth(),
        properties.apiKeys(),
        properties.oidcIssuer(),
        properties.tenancy() == Tenancy.BY_KEY ? "by-key" : "none",
        properties.rateLimit(),
        properties.tlsCertificate(),
        properties.tlsPrivateKey());
  }

  /**
   * Checks everything.
   *
   * @throws UnsafeStart with the first thing that is in the way
   */
  public void check() {
    Tenancy apart = readTenancy();
    ApiKeys keys = ApiKeys.parse(apiKeys, apart);
    RateLimit.parse(rateLimit);
    checkTls();
    checkIssuer();
    boolean enforced = !keys.isEmpty() || !oidcIssuer.isBlank();
    if (!auth.isBlank() && !auth.equals(NOBODY_ASKED)) {
      throw new UnsafeStart("AUTH can only be none, or left out. Keys are named in API_KEYS.");
    }
    if (enforced && auth.equals(NOBODY_ASKED)) {
      throw new UnsafeStart(
          "AUTH=none asks nobody for a key, but API_KEYS or OIDC_ISSUER is set. Remove one.");
    }
    if (!enforced && apart == Tenancy.BY_KEY) {
      throw new UnsafeStart(
          "TENANCY=by-key tells tenants apart by their keys, and there are none. Set API_KEYS or"
              + " OIDC_ISSUER.");
    }
    if (!enforced && !auth.equals(NOBODY_ASKED) && !isLoopback(bind)) {
      throw new UnsafeStart(
          "BIND="
              + bind
              + " lets others reach this service, and nobody would be asked for a key. Set API_KEYS"
              + " or OIDC_ISSUER (docs/security.md says how), or AUTH=none if you mean it.");
    }
    String reachedOn = publishedOn.isBlank() ? bind : publishedOn;
    if (keys.hasSample() && !isLoopback(reachedOn)) {
      throw new UnsafeStart(
          "API_KEYS has the sample key, which everybody knows, and "
              + reachedOn
              + " lets others reach this service. Make a key of your own (docs/security.md says"
              + " how).");
    }
  }

  /** Whether nobody is asked for a key. */
  public boolean isOpen() {
    return apiKeys.isBlank() && oidcIssuer.isBlank();
  }

  boolean isOpenToOthers() {
    return isOpen() && !isLoopback(bind);
  }

  /** Whether HTTPS is spoken. */
  public boolean hasTls() {
    return !tlsCertificate.isBlank();
  }

  private Tenancy readTenancy() {
    return switch (tenancy) {
      case "", "none" -> Tenancy.NONE;
      case "by-key" -> Tenancy.BY_KEY;
      default -> throw new UnsafeStart("TENANCY is none or by-key.");
    };
  }

  private void checkTls() {
    if (tlsCertificate.isBlank() != tlsPrivateKey.isBlank()) {
      throw new UnsafeStart(
          (tlsCertificate.isBlank() ? "TLS_CERTIFICATE" : "TLS_PRIVATE_KEY")
              + " is missing: HTTPS needs both, TLS_CERTIFICATE and TLS_PRIVATE_KEY.");
    }
    checkReadable("TLS_CERTIFICATE", tlsCertificate);
    checkReadable("TLS_PRIVATE_KEY", tlsPrivateKey);
  }

  private static void checkReadable(String variable, String file) {
    if (!file.isBlank() && !Files.isReadable(Path.of(file))) {
      throw new UnsafeStart(variable + "=" + file + " is no file that can be read.");
    }
  }

  private void checkIssuer() {
    if (oidcIssuer.isBlank()) {
      return;
    }
    URI issuer;
    try {
      issuer = URI.create(oidcIssuer);
    } catch (IllegalArgumentException e) {
      throw new UnsafeStart("OIDC_ISSUER=" + oidcIssuer + " is no URL.");
    }
    // Whoever can change an answer on its way could name keys of his own.
    boolean here = issuer.getHost() != null && isLoopback(issuer.getHost());
    if (issuer.getHost() == null
        || !("https".equals(issuer.getScheme()) || ("http".equals(issuer.getScheme()) && here))) {
      throw new UnsafeStart(
          "OIDC_ISSUER="
              + oidcIssuer
              + " must be an https URL (http only on this machine): what it says decides who may"
              + " call.");
    }
  }

  /** A name that can't be looked up is not: better refused than open. */
  private static boolean isLoopback(String address) {
    if (address.isBlank()) {
      return false;
    }
    try {
      for (InetAddress one : InetAddress.getAllByName(address)) {
        if (!one.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
