package tickets.ingest.access;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.contract.Sha256;

/** Which settings are too dangerous to start with, and that each is said in one line. */
class SafeStartTest {

  private static final String HASH = Sha256.hex("a key of nobody");
  private static final String KEYS = "desk:score:" + HASH;
  private static final String SAMPLE = "sample:score:" + ApiKeys.SAMPLE_SHA256;

  private static void check(String... nameAndValue) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < nameAndValue.length; i += 2) {
      environment.put(nameAndValue[i], nameAndValue[i + 1]);
    }
    SafeStart.from(environment).check();
  }

  private static void assertRefused(String why, String... nameAndValue) {
    assertThatThrownBy(() -> check(nameAndValue))
        .isInstanceOf(UnsafeStart.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining("\n")
        .hasMessageNotContaining(HASH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.8.8.8"})
  void thisMachineAloneMayGoWithoutKeys(String bind) {
    assertThatCode(() -> check("BIND", bind)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "", "no such host.invalid"})
  void beyondThisMachineNobodyGoesWithoutKeysByAccident(String bind) {
    assertRefused("Set API_KEYS or OIDC_ISSUER", "BIND", bind);
    assertRefused("Set API_KEYS", "BIND", bind, "API_KEYS", " , ", "PUBLISHED_ON", "127.0.0.1");
    assertThatCode(() -> check("BIND", bind, "AUTH", "none")).doesNotThrowAnyException();
    assertThatCode(() -> check("BIND", bind, "API_KEYS", KEYS)).doesNotThrowAnyException();
    assertThatCode(() -> check("BIND", bind, "OIDC_ISSUER", "https://issuer.example"))
        .doesNotThrowAnyException();
  }

  @Test
  void theSampleKeyOpensNothingThatOthersReach() {
    assertRefused("sample key", "BIND", "0.0.0.0", "API_KEYS", SAMPLE);
    assertRefused(
        "sample key",
        "BIND",
        "0.0.0.0",
        "PUBLISHED_ON",
        "0.0.0.0",
        "API_KEYS",
        KEYS + "," + SAMPLE);
    assertThatCode(() -> check("BIND", "0.0.0.0", "PUBLISHED_ON", "127.0.0.1", "API_KEYS", SAMPLE))
        .doesNotThrowAnyException();
  }

  @Test
  void settingsThatContradictEachOtherAreRefused() {
    assertRefused("Remove one", "AUTH", "none", "API_KEYS", KEYS);
    assertRefused("AUTH can only be none", "AUTH", "off");
    assertRefused("there are none", "TENANCY", "by-key");
    assertRefused("TENANCY is none or by-key", "TENANCY", "by-name", "API_KEYS", KEYS);
    assertRefused("TLS_PRIVATE_KEY is missing", "TLS_CERTIFICATE", "/nowhere.pem");
    assertRefused("TLS_CERTIFICATE is missing", "TLS_PRIVATE_KEY", "/nowhere.pem");
    assertRefused(
        "TLS_CERTIFICATE=/nowhere.pem is no file",
        "TLS_CERTIFICATE",
        "/nowhere.pem",
        "TLS_PRIVATE_KEY",
        "/nowhere.pem");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://issuer.example", "issuer.example", "ftp://localhost", "ht tp:"})
  void anIssuerThatAnybodyOnTheWayCouldSpeakForIsRefused(String issuer) {
    assertRefused("OIDC_ISSUER=", "OIDC_ISSUER", issuer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "desk|entry 1 is not of the form",
        "desk:score|entry 1 is not of the form",
        "desk:score:H:x|entry 1 is not of the form",
        ":score:H|entry 1 has no name",
        "de sk:score:H|entry 1 has no name",
        "desk@a@b:score:H|entry 1 has no name",
        "0123456789abcdef0123456789abcdef0:score:H|entry 1 has no name",
        "desk:write:H|entry 1 (desk) has a scope that there is not",
        "desk::H|entry 1 (desk) has a scope that there is not",
        "desk:score,read:H|entry 1 is not of the form",
        "desk:score:abc|entry 1 (desk) has no SHA-256",
        "desk:score:Hff|entry 1 (desk) has no SHA-256",
        "desk@ACME:score:H|entry 1 (desk) has no tenant",
        "desk@default:score:H|entry 1 (desk) has no tenant",
        "desk@:score:H|entry 1 (desk) has no tenant",
        "a:score:H,a:read:0000000000000000000000000000000000000000000000000000000000000000"
            + "|entry 2 has the name of another",
        "a:score:H,b:read:H|entry 2 has the hash of another",
      })
  void anEntryThatMakesNoSenseIsNamedAndNotShown(String setting, String why) {
    assertRefused(why, "API_KEYS", setting.replace("H", HASH));
  }

  @Test
  void whatMayBeAKeyIsNotRepeated() {
    String key = "0123456789abcdef0123456789abcdef0123456789abcdef";
    assertThatThrownBy(() -> check("API_KEYS", key)).hasMessageNotContaining(key);
    assertThatThrownBy(() -> check("API_KEYS", key + ":score:" + HASH))
        .hasMessageNotContaining(key);
    assertThatThrownBy(() -> check("API_KEYS", "desk:score:" + key)).hasMessageNotContaining(key);
    assertThatThrownBy(() -> check("API_KEYS", "desk:" + key + ":" + HASH))
        .hasMessageNotContaining(key);
  }

  @Test
  void aNameThatIsNoTenantMattersOnlyWhereTenantsAreKeptApart() {
    String keys = "Desk_1:score:" + HASH;
    assertThatCode(() -> check("API_KEYS", keys)).doesNotThrowAnyException();
    assertRefused("(Desk_1) has no tenant", "API_KEYS", keys, "TENANCY", "by-key");
    assertThatCode(() -> check("API_KEYS", "Desk_1@*:score:" + HASH, "TENANCY", "by-key"))
        .doesNotThrowAnyException();
  }
}
