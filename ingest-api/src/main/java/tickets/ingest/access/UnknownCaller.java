package tickets.ingest.access;

import org.springframework.security.core.AuthenticationException;

/** What was shown is not the key or token of anybody; the message is for who showed it. */
final class UnknownCaller extends AuthenticationException {

  private static final long serialVersionUID = 1;

  UnknownCaller(String message) {
    super(message);
  }
}
