package tickets.ingest.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tickets.contract.CacheKeys;
import tickets.contract.Sha256;
import tickets.contract.Tenancy;
import tickets.contract.TicketId;

/**
 * The keys of {@code API_KEYS}: {@code name[@tenant]:scope+scope:sha256}, separated by commas. Only
 * hashes are known here. A plain SHA-256 is enough for keys made at random, which nobody can guess
 * from their hash; it would not be for words that people choose.
 */
final class ApiKeys {

  /**
   * SHA-256 of the key that .env.example and docker-compose.yml show to everybody. It opens what
   * only this machine reaches.
   */
  static final String SAMPLE_SHA256 =
      "4f0c3a8dd763b55374bbde065d80c25be86106c8085ae34f4adc9b50b990cc86";

  /** Of tenant: the caller sees whole ids, of all tenants. */
  private static final String EVERY_TENANT = "*";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,32}");
  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");
  private static final String FORM = "name:score+read:sha256";

  private final List<Entry> entries;

  private ApiKeys(List<Entry> entries) {
    this.entries = entries;
  }

  private record Entry(Caller caller, byte[] sha256) {}

  /**
   * Reads the setting.
   *
   * @throws UnsafeStart naming the entry that makes no sense, but nothing that could be its key or
   *     hash
   */
  static ApiKeys parse(String setting, Tenancy tenancy) {
    List<Entry> entries = new ArrayList<>();
    Set<String> names = new java.util.HashSet<>();
    int number = 0;
    for (String text : setting.split(",", -1)) {
      number++;
      if (!text.isBlank()) {
        String[] parts = text.strip().split(":", -1);
        String where = "API_KEYS, entry " + number;
        if (parts.length != 3) {
          throw new UnsafeStart(where + " is not of the form " + FORM + ".");
        }
        Entry entry = entry(where, parts[0], parts[1], parts[2], tenancy);
        if (!names.add(entry.caller().getName())) {
          throw new UnsafeStart(where + " has the name of another. Give each key its own.");
        }
        if (entries.stream().anyMatch(other -> Arrays.equals(other.sha256(), entry.sha256()))) {
          throw new UnsafeStart(where + " has the hash of another. Make a key for each.");
        }
        entries.add(entry);
      }
    }
    return new ApiKeys(List.copyOf(entries));
  }

  private static Entry entry(
      String where, String owner, String scopeWords, String hash, Tenancy tenancy) {
    String[] nameAndTenant = owner.split("@", -1);
    String name = nameAndTenant[0];
    // What does not look like a name may be a key in the wrong place, and is not repeated.
    if (nameAndTenant.length > 2 || !NAME.matcher(name).matches()) {
      throw new UnsafeStart(
          where + " has no name before its first colon: use 1 to 32 of A-Z a-z 0-9 . _ -");
    }
    String named = where + " (" + name + ")";
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String word : scopeWords.split("\\+", -1)) {
      scopes.add(
          Scope.of(word)
              .orElseThrow(
                  () ->
                      new UnsafeStart(
                          named
                              + " has a scope that there is not. Use "
                              + Stream.of(Scope.values())
                                  .map(Scope::word)
                                  .collect(Collectors.joining(", "))
                              + ", joined by +.")));
    }
    if (!HASH.matcher(hash).matches()) {
      throw new UnsafeStart(
          named
              + " has no SHA-256 in hex (64 digits) after its last colon. Never put a key there.");
    }
    return new Entry(
        new Caller(
            "key:" + name,
            scopes,
            namespace(named, nameAndTenant.length == 2 ? nameAndTenant[1] : null, name, tenancy)),
        HexFormat.of().parseHex(hash));
  }

  private static Namespace namespace(
      String where, @Nullable String tenant, String name, Tenancy tenancy) {
    String whose = tenant == null ? name : tenant;
    boolean matters = tenant != null || tenancy == Tenancy.BY_KEY;
    if (matters && !EVERY_TENANT.equals(tenant) && !isTenant(whose)) {
      throw new UnsafeStart(
          where
              + " has no tenant: use 1 to 32 of a-z 0-9 - (not \""
              + CacheKeys.DEFAULT_TENANT
              + "\"), as name or as name@tenant; name@* sees all tenants.");
    }
    return tenancy == Tenancy.NONE || EVERY_TENANT.equals(tenant)
        ? Namespace.WHOLE
        : Namespace.of(whose);
  }

  /** "default" stands for tickets of no tenant. */
  static boolean isTenant(String word) {
    return TicketId.isTenant(word) && !word.equals(CacheKeys.DEFAULT_TENANT);
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  boolean hasSample() {
    byte[] sample = HexFormat.of().parseHex(SAMPLE_SHA256);
    return entries.stream().anyMatch(entry -> Arrays.equals(entry.sha256(), sample));
  }

  /**
   * Whose key it is. Takes as long whichever it is, and as long if it is none: every entry is
   * compared, in constant time.
   */
  Optional<Caller> find(String key) {
    byte[] sha256 = Sha256.digest().digest(key.getBytes(UTF_8));
    Caller found = null;
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.sha256(), sha256)) {
        found = entry.caller();
      }
    }
    return Optional.ofNullable(found);
  }
}
