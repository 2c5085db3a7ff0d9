package tickets.contract.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAccessTest {

  @ParameterizedTest
  @CsvSource({
    "redis://cache,                         cache,     6379, 0, false, '',   ''",
    "redis://cache:7000/3,                  cache,     7000, 3, false, '',   ''",
    "rediss://127.0.0.1/,                   127.0.0.1, 6379, 0, true,  '',   ''",
    "redis://[::1]:7000,                    ::1,       7000, 0, false, '',   ''",
    "redis://me:secret@cache,               cache,     6379, 0, false, me,   secret",
    "redis://:secret@cache,                 cache,     6379, 0, false, '',   secret",
    "redis://secret@cache,                  cache,     6379, 0, false, '',   secret",
    "redis://me:p%40ss%3Aw+rd%2F@cache,     cache,     6379, 0, false, me,   p@ss:w+rd/",
  })
  void anAddressIsTakenApart(
      String url, String host, int port, int database, boolean tls, String user, String password) {
    RedisAccess access = new RedisAccess(url, "", "", "");

    assertThat(access.host()).isEqualTo(host);
    assertThat(access.port()).isEqualTo(port);
    assertThat(access.database()).isEqualTo(database);
    assertThat(access.tls()).isEqualTo(tls);
    assertThat(access.user()).isEqualTo(user);
    assertThat(access.password()).isEqualTo(password);
    assertThat(access.url()).doesNotContain("@").doesNotContain("secret");
    assertThat(access.toString()).doesNotContain("secret");
  }

  @Test
  void aLoginMayStandBesideTheAddress() {
    RedisAccess access = new RedisAccess("redis://cache", "me", "secret", "");

    assertThat(access.user()).isEqualTo("me");
    assertThat(access.password()).isEqualTo("secret");
    assertThat(access).hasToString("RedisAccess[redis://cache as me]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cache:6379",
        "http://me:secret@cache",
        "redis://me:secret@",
        "redis://me:sec ret@cache",
        "redis://me:secret@cache/first",
        "redis://me:secret@cache?timeout=1s",
        "redis-sentinel://:secret@cache"
      })
  void whatIsNoAddressIsNotRepeated(String url) {
    assertThatThrownBy(() -> new RedisAccess(url, "", "", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("REDIS_URL is not of the form redis://[[user]:password@]host")
        .hasNoCause();
  }

  @Test
  void settingsThatContradictEachOtherAreRefused() {
    assertThatThrownBy(() -> new RedisAccess("redis://cache", "me", "", ""))
        .hasMessage("REDIS_USER is set, but REDIS_PASSWORD is not");
    assertThatThrownBy(() -> new RedisAccess("redis://:secret@cache", "", "other", ""))
        .hasMessageStartingWith("REDIS_PASSWORD is set, and REDIS_URL holds")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> new RedisAccess("redis://cache", "", "", "ca.pem"))
        .hasMessageStartingWith("REDIS_TLS_CA is set, but REDIS_URL is without TLS");
    assertThatThrownBy(() -> new RedisAccess("rediss://cache", "", "", "missing.pem"))
        .hasMessage("REDIS_TLS_CA=missing.pem: there is no such file");
  }
}
