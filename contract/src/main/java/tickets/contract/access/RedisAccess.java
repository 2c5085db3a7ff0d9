package tickets.contract.access;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * Where Redis is and how a service gets in. Half of a setting, an address that is none, and a file
 * that is not what it should be, are refused when this is made; no message holds the address, which
 * may hold a password. Of the strings, empty means "not set".
 *
 * @param url {@code REDIS_URL}: {@code redis://[[user]:password@]host[:port][/database]}, {@code
 *     rediss://} with TLS; user and password are taken out of it
 * @param user {@code REDIS_USER}; empty: the URL's, or Redis' default user
 * @param password {@code REDIS_PASSWORD}; empty: the URL's, or none
 * @param tlsCa {@code REDIS_TLS_CA}: PEM file of the authorities that may vouch for the server;
 *     empty: those the JVM trusts
 */
public record RedisAccess(String url, String user, String password, String tlsCa) {

  private static final int DEFAULT_PORT = 6379;
  private static final String FORM = "redis://[[user]:password@]host[:port][/database]";

  /**
   * Takes the settings apart and checks that they fit together.
   *
   * @throws IllegalArgumentException with one line that names what to set
   */
  public RedisAccess {
    URI address = parse(url);
    if (!user.isEmpty() && password.isEmpty()) {
      throw new IllegalArgumentException("REDIS_USER is set, but REDIS_PASSWORD is not");
    }
    if (!password.isEmpty() && address.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "REDIS_PASSWORD is set, and REDIS_URL holds a user or password too. Keep one of them.");
    }
    if (!tlsCa.isEmpty()) {
      if (!isTls(address)) {
        throw new IllegalArgumentException(
            "REDIS_TLS_CA is set, but REDIS_URL is without TLS. Begin it with rediss://, or unset"
                + " the other.");
      }
      PemFile.certificates("REDIS_TLS_CA", tlsCa);
    }
    String login = address.getRawUserInfo();
    if (login != null) {
      int colon = login.indexOf(':');
      // Without a colon it is the password alone: so Redis' own clients read it.
      user = colon < 0 ? "" : decoded(login.substring(0, colon));
      password = decoded(login.substring(colon + 1));
      url = withoutLogin(address);
    }
  }

  private static URI parse(String url) {
    try {
      URI address = new URI(url);
      String scheme = address.getScheme();
      if (("redis".equals(scheme) || "rediss".equals(scheme))
          && address.getHost() != null
          && address.getRawQuery() == null
          && address.getPath().matches("(/[0-9]{0,5})?")) {
        return address;
      }
    } catch (URISyntaxException e) {
      // Its message has the address in it.
    }
    throw new IllegalArgumentException(
        "REDIS_URL is not of the form " + FORM + " (rediss:// with TLS)");
  }

  private static String decoded(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String withoutLogin(URI address) {
    return address.getScheme()
        + "://"
        + address.getHost()
        + (address.getPort() < 0 ? "" : ":" + address.getPort())
        + address.getPath();
  }

  private static boolean isTls(URI address) {
    return "rediss".equals(address.getScheme());
  }

  /** Name, IPv4 address, or IPv6 address without brackets. */
  public String host() {
    return URI.create(url).getHost().replaceAll("[\\[\\]]", "");
  }

  public int port() {
    int port = URI.create(url).getPort();
    return port < 0 ? DEFAULT_PORT : port;
  }

  public int database() {
    String path = URI.create(url).getPath();
    return path.length() < 2 ? 0 : Integer.parseInt(path.substring(1));
  }

  public boolean tls() {
    return isTls(URI.create(url));
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "RedisAccess[" + url + (user.isEmpty() ? "" : " as " + user) + "]";
  }
}
