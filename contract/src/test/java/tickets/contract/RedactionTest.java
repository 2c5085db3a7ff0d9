package tickets.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

  private static final Redaction ALL = Redaction.of("emails,phones,cards,ibans,ips");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ivan.petrov@example.ru",
        "a@b.ru",
        "a.b+c@sub.example.co.uk",
        "иван@почта.рф",
        "a@xn--e1afmkfd.xn--p1ai",
        "89161234567@mail.ru"
      })
  void emailsAreMasked(String email) {
    assertMasked(email, "[EMAIL]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+7 916 123-45-67",
        "+79161234567",
        "8 (916) 123-45-67",
        "89161234567",
        "8-916-123-45-67",
        "8 916 123 45 67",
        "7 916 123 45 67",
        "8(495)1234567",
        "8 800 555-35-35",
        "88005553535",
        "(495) 123-45-67",
        "916 123-45-67",
        "+44 20 7946 0958",
        "+49 30 901820",
        "+380 44 123 45 67",
        "+1 (555) 234-5678",
        "(555) 234-5678",
        "555-234-5678"
      })
  void phonesAreMasked(String phone) {
    assertMasked(phone, "[PHONE]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "5555 5555 5555 4444",
        "378282246310005",
        "3782 822463 10005",
        "2200 0000 0000 0004",
        "6011111111111117"
      })
  void cardsAreMasked(String card) {
    assertMasked(card, "[CARD]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB82 WEST 1234 5698 7654 32",
        "gb82west12345698765432"
      })
  void ibansAreMasked(String iban) {
    assertMasked(iban, "[IBAN]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.168.1.10",
        "10.0.0.1",
        "2001:db8::1",
        "fe80::1",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "::1"
      })
  void addressesAreMasked(String ip) {
    assertMasked(ip, "[IP]");
  }

  private static void assertMasked(String what, String mask) {
    assertThat(ALL.mask(what)).isEqualTo(mask);
    assertThat(ALL.mask("Вот: " + what + ", спасибо")).isEqualTo("Вот: " + mask + ", спасибо");
    assertThat(ALL.mask("(" + what + ").\n" + what)).isEqualTo("(" + mask + ").\n" + mask);
    assertThat(Redaction.NONE.mask(what)).isEqualTo(what);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Numbers of orders, accounts, taxpayers, documents.
        "заказ 12345678901",
        "заказ № 89161234567",
        "order #89161234567",
        "ORD-89161234567",
        "8916123456789",
        "112-1234567-1234567",
        "1234-5678-9012",
        "ИНН 7707083893",
        "счёт 40817810099910004312",
        "4111 1111 1111 1112",
        "DE88370400440532013000",
        "123e4567-e89b-12d3-a456-426614174000",
        // Amounts, dates, times, versions.
        "1 250 000 руб",
        "20 000 000 000",
        "100 000,50",
        "2026-11-25 10:15:30",
        "25.11.2026",
        "12.05.2024 14:30",
        "8:30-17:00",
        "8.0.36",
        "v1.2.3.4",
        "версия 10.2.3.4",
        "version 4.18.0.1",
        "1.2.3.4.5",
        "300.1.1.1",
        // Other things with an @ or colons.
        "user@localhost",
        "@team",
        "50 @ 3.5",
        "std::vector",
        "a::b",
        "00:1A:2B:3C:4D:5E"
      })
  void whatATicketIsAboutStays(String text) {
    assertThat(ALL.mask(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "emails|a@b.ru +79161234567 4111111111111111 8.8.8.8|[EMAIL] +79161234567 4111111111111111"
            + " 8.8.8.8",
        "phones, IPS|a@b.ru +79161234567 8.8.8.8|a@b.ru [PHONE] [IP]",
        "cards|4111 1111 1111 1111 12/27|[CARD] 12/27"
      })
  void onlyWhatIsNamedIsMasked(String setting, String text, String masked) {
    assertThat(Redaction.of(setting).mask(text)).isEqualTo(masked);
  }

  @Test
  void anEmptySettingMasksNothingAndAnUnknownOneIsRefused() {
    assertThat(Redaction.of("").isNone()).isTrue();
    assertThat(Redaction.of(" , ").isNone()).isTrue();
    assertThatThrownBy(() -> Redaction.of("emails,names"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "REDACT can't mask \"names\". Name any of emails, phones, cards, ibans, ips,"
                + " separated by commas.");
  }

  /** Alphabets of what such things are made of, so that they and their like come up often. */
  @Provide
  Arbitrary<String> crowded() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.of(
                "a@b.ru",
                "8 916 123-45-67",
                "+4420794",
                "4111 1111 1111 1111",
                "1.2.3.4",
                "fe80::1",
                "DE89370400440532013000",
                "[EMAIL]",
                "]",
                "[",
                "№",
                "#",
                "-",
                ".",
                ",",
                "/",
                "(",
                ")",
                " ",
                "\n",
                "x",
                "_"),
            Arbitraries.strings().withChars("0123456789 -.()+@:abEDe").ofMaxLength(12));
    return pieces.list().ofMaxSize(12).map(list -> String.join("", list));
  }

  @Property(tries = 5000)
  void maskingTwiceChangesNothing(@ForAll("crowded") String text) {
    String once = ALL.mask(text);
    assertThat(ALL.mask(once)).isEqualTo(once);
  }

  @Property(tries = 1000)
  void anyTextIsTakenAndMaskedOnceForAll(@ForAll String text) {
    String once = ALL.mask(text);
    assertThat(ALL.mask(once)).isEqualTo(once);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "@",
        "a@",
        "a.",
        "1 ",
        "+",
        "(",
        "1.",
        "1:",
        "a:",
        "::",
        "DE89 ",
        "4111 ",
        "+7",
        "((8",
        "-1",
        "a@a.a.",
        "a@b.c1.",
        "8 916 123-45-67-",
        "1.2.3.4-",
        "a@b.ru-8916123456 "
      })
  void aTextThatWasMadeForItTakesNoLongerThanItsLengthAllows(String unit) {
    String hostile = unit.repeat(200_000 / unit.length());
    // Under a second where it was tried; square time would be minutes.
    String once = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> ALL.mask(hostile));
    assertThat(ALL.mask(once)).isEqualTo(once);
  }
}
