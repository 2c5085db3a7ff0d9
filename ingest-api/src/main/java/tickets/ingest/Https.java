package tickets.ingest;

import java.util.Map;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Has the server speak HTTPS if TLS_CERTIFICATE and TLS_PRIVATE_KEY name its files; when they
 * change, new connections get what is in them then. The management port, which listens elsewhere,
 * is not touched.
 */
final class Https implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  private static final String BUNDLE = "https";

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    ConfigurableEnvironment environment = context.getEnvironment();
    String certificate = environment.getProperty("tickets.access.tls-certificate", "");
    String privateKey = environment.getProperty("tickets.access.tls-private-key", "");
    // One without the other is refused at the door.
    if (certificate.isBlank() || privateKey.isBlank()) {
      return;
    }
    String bundle = "spring.ssl.bundle.pem." + BUNDLE;
    environment
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "https",
                Map.of(
                    "server.ssl.bundle",
                    BUNDLE,
                    bundle + ".keystore.certificate",
                    "file:" + certificate,
                    bundle + ".keystore.private-key",
                    "file:" + privateKey,
                    bundle + ".options.enabled-protocols",
                    "TLSv1.3,TLSv1.2",
                    "management.server.ssl.enabled",
                    "false",
                    bundle + ".reload-on-update",
                    "true")));
  }
}
