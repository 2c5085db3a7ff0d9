package tickets.ingest.access;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/** A key or token as somebody showed it; not known to be good. */
final class Credential extends AbstractAuthenticationToken {

  private static final long serialVersionUID = 1;

  static final String KEY_HEADER = "X-API-Key";

  private static final String BEARER = "Bearer ";

  private final transient String secret;
  private final boolean token;

  private Credential(String secret, boolean token) {
    super(List.of());
    this.secret = secret;
    this.token = token;
  }

  /**
   * What a request shows.
   *
   * @return null if nothing
   * @throws UnknownCaller if that can't be a key or token
   */
  static @Nullable Credential of(ServerHttpRequest request) {
    List<String> keys = request.getHeaders().getOrEmpty(KEY_HEADER);
    List<String> bearers = request.getHeaders().getOrEmpty(HttpHeaders.AUTHORIZATION);
    if (keys.isEmpty() && bearers.isEmpty()) {
      return null;
    }
    if (keys.size() + bearers.size() > 1) {
      throw new UnknownCaller("More than one key or token was sent. Send one.");
    }
    if (!keys.isEmpty()) {
      return new Credential(keys.get(0).strip(), false);
    }
    String bearer = bearers.get(0);
    if (!bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw new UnknownCaller("Authorization must be: Bearer KEY.");
    }
    String secret = bearer.substring(BEARER.length()).strip();
    return new Credential(secret, Tokens.looksLikeOne(secret));
  }

  /** Whether it has the form of a token rather than of a key. */
  boolean isToken() {
    return token;
  }

  @Override
  public String getCredentials() {
    return secret;
  }

  @Override
  public String getPrincipal() {
    return "";
  }
}
