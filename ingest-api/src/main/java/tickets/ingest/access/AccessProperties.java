package tickets.ingest.access;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;
import tickets.contract.Tenancy;

/**
 * Who may call and how. Environment variables stand in {@code ingest-api.yml}; what can't be said
 * of one setting alone is checked by {@link SafeStart}.
 *
 * @param auth {@code none}: nobody is asked for a key, wherever this service listens; empty: as the
 *     other settings say
 * @param apiKeys {@code name[@tenant]:scope+scope:sha256}, separated by commas; see {@link ApiKeys}
 * @param publishedOn the address under which others reach this service, where that is not the one
 *     it listens on: a container listens on all of its own
 * @param oidcIssuer URL of an OpenID Connect issuer whose tokens are taken beside keys; empty: none
 * @param oidcAudience what must stand in a token's {@code aud}; empty: anything
 * @param oidcScopePrefix what stands before a scope in a token, such as {@code tickets:} at an
 *     issuer that serves others too; scopes without it then count for nothing
 * @param oidcTenantClaim the claim that names a token's tenant; without it in a token, {@code
 *     client_id}, then {@code sub}
 * @param tenancy whether callers are kept apart
 * @param rateLimit calls a client may make, such as {@code 100/s} or {@code 600/m}; empty: any
 * @param corsOrigins sites whose pages may call from a browser; none by default, {@code *} is all
 * @param tlsCertificate PEM file with the certificate and those between it and the root; with
 *     {@code tlsPrivateKey}, HTTPS is spoken instead of HTTP
 * @param tlsPrivateKey PEM file with its key, PKCS #8
 * @param maxConnections connections open at once; a flood right after a start had 5,500 open
 *     (docs/decisions/0025-callers-beyond-max-connections-wait.md)
 * @param headerTimeout how long a request's line and headers may take, TLS handshake included; 10 s
 *     is a hundred times what a slow mobile link needs
 * @param bodyTimeout how long its body may take; 256 KiB in 20 s is 13 KiB/s
 */
@Validated
@ConfigurationProperties("tickets.access")
public record AccessProperties(
    @DefaultValue("") String auth,
    @DefaultValue("") String apiKeys,
    @DefaultValue("") String publishedOn,
    @DefaultValue("") String oidcIssuer,
    @DefaultValue("") String oidcAudience,
    @DefaultValue("") String oidcScopePrefix,
    @DefaultValue("azp") @NotBlank String oidcTenantClaim,
    @DefaultValue("none") @NotNull Tenancy tenancy,
    @DefaultValue("") String rateLimit,
    @DefaultValue List<String> corsOrigins,
    @DefaultValue("") String tlsCertificate,
    @DefaultValue("") String tlsPrivateKey,
    @DefaultValue("8192") @Min(1) @Max(1_000_000) int maxConnections,
    @DefaultValue("10s") @NotNull @DurationMin(millis = 100) @DurationMax(minutes = 5)
        Duration headerTimeout,
    @DefaultValue("20s") @NotNull @DurationMin(millis = 100) @DurationMax(minutes = 5)
        Duration bodyTimeout) {}
