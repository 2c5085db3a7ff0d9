package tickets.ingest.access;

import java.util.Set;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** Who calls, as far as this service knows. */
final class Caller extends AbstractAuthenticationToken {

  private static final long serialVersionUID = 1;

  private final String name;
  private final transient Set<Scope> scopes;
  private final transient Namespace namespace;

  /**
   * @param name for logs and limits; tells keys from tokens
   */
  Caller(String name, Set<Scope> scopes, Namespace namespace) {
    super(
        scopes.stream().map(scope -> new SimpleGrantedAuthority("SCOPE_" + scope.word())).toList());
    this.name = name;
    this.scopes = Set.copyOf(scopes);
    this.namespace = namespace;
    setAuthenticated(true);
  }

  boolean may(Scope scope) {
    return scopes.contains(scope);
  }

  Namespace namespace() {
    return namespace;
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public Object getPrincipal() {
    return name;
  }

  /** Nothing of a key or token is kept. */
  @Override
  public Object getCredentials() {
    return "";
  }
}
