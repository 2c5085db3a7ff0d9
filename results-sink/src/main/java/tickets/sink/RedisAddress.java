package tickets.sink;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;
import tickets.contract.access.RedisAccess;

/**
 * Tells Spring Boot where Redis is. Its own {@code spring.data.redis.url} takes no password beside
 * the address, and repeats an address that it can't read, password included.
 */
record RedisAddress(RedisAccess access) implements DataRedisConnectionDetails {

  @Override
  public Standalone getStandalone() {
    return Standalone.of(access.host(), access.port(), access.database());
  }

  @Override
  public @Nullable String getUsername() {
    return access.user().isEmpty() ? null : access.user();
  }

  @Override
  public @Nullable String getPassword() {
    return access.password().isEmpty() ? null : access.password();
  }

  @Override
  public @Nullable SslBundle getSslBundle() {
    if (!access.tls()) {
      return null;
    }
    if (access.tlsCa().isEmpty()) {
      return SslBundle.systemDefault();
    }
    String authorities = Path.of(access.tlsCa()).toUri().toString();
    return SslBundle.of(
        new PemSslStoreBundle(null, PemSslStoreDetails.forCertificate(authorities)));
  }
}
