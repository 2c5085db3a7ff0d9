package tickets.contract;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Masks personal data in texts: {@code Call me at +7 916 123-45-67} becomes {@code Call me at
 * [PHONE]}.
 *
 * <p>It stands in the contract since all three services must mask alike: ingest-api before a ticket
 * is hashed and published, the scorer and the sink when they read what ticket systems published
 * themselves. What is masked twice is what is masked once, so they agree on every text and hash.
 *
 * <p>Takes time in proportion to the text, whatever stands in it: nothing here is a regular
 * expression, and no rule looks further than the longest thing it can find. The rules know forms,
 * not persons: names, addresses and what is spelled out in words stay. Where a form is ambiguous, a
 * number is left alone: order numbers and amounts are what tickets are about.
 */
public final class Redaction {

  /** What can be masked. */
  public enum Kind {
    /** {@code name@example.org}, with letters of any script. */
    EMAILS("[EMAIL]"),
    /**
     * International numbers ({@code +}), Russian ones (8 or 7 and ten digits, or grouped ten) and
     * American ones in their usual grouping.
     */
    PHONES("[PHONE]"),
    /** Payment cards: 13 to 19 digits of a known issuer with a valid check digit (Luhn). */
    CARDS("[CARD]"),
    /** Bank accounts whose country, length and check digits (mod 97) are right. */
    IBANS("[IBAN]"),
    /** IPv4 and IPv6 addresses. */
    IPS("[IP]");

    private final String mask;

    Kind(String mask) {
      this.mask = mask;
    }

    /** What stands in its place. */
    public String mask() {
      return mask;
    }
  }

  /** Masks nothing. */
  public static final Redaction NONE = new Redaction(EnumSet.noneOf(Kind.class));

  /**
   * A mask changes what its neighbours stand next to, so a text is masked until nothing changes;
   * only one that was made for it needs more than two or three rounds.
   */
  private static final int ROUNDS = 8;

  private static final int CARD_MIN_DIGITS = 13;
  private static final int CARD_MAX_DIGITS = 19;
  private static final int PHONE_MIN_DIGITS = 8;
  private static final int PHONE_MAX_DIGITS = 15;
  private static final int RUSSIAN_DIGITS = 11;
  private static final int IP6_GROUPS = 8;

  /** Before four numbers with dots these say that it is a version and no address. */
  private static final List<String> VERSION_WORDS =
      List.of(
          "version",
          "ver",
          "release",
          "build",
          "firmware",
          "версия",
          "версии",
          "версию",
          "версией",
          "верс",
          "релиз",
          "сборка",
          "сборки",
          "прошивка",
          "прошивки");

  private static final Map<String, Integer> IBAN_LENGTHS =
      ibanLengths(
          "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22"
              + " DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28"
              + " HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20"
              + " LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28"
              + " PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28"
              + " TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30");

  private final Set<Kind> kinds;

  private Redaction(Set<Kind> kinds) {
    this.kinds = kinds;
  }

  private static Map<String, Integer> ibanLengths(String table) {
    Map<String, Integer> lengths = new HashMap<>();
    for (String entry : table.split(" ")) {
      lengths.put(entry.substring(0, 2), Integer.valueOf(entry.substring(2)));
    }
    return Map.copyOf(lengths);
  }

  /**
   * What a setting such as {@code emails,phones} says; nothing is masked if it is empty.
   *
   * @throws IllegalArgumentException if it names what can't be masked; the message says what can
   */
  public static Redaction of(String setting) {
    EnumSet<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (String name : setting.split(",")) {
      if (!name.isBlank()) {
        kinds.add(kind(name.strip()));
      }
    }
    return kinds.isEmpty() ? NONE : new Redaction(kinds);
  }

  private static Kind kind(String name) {
    for (Kind kind : Kind.values()) {
      if (kind.name().equals(name.toUpperCase(Locale.ROOT))) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "REDACT can't mask \""
            + name
            + "\". Name any of "
            + Arrays.stream(Kind.values())
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "))
            + ", separated by commas.");
  }

  /** Whether nothing is masked. */
  public boolean isNone() {
    return kinds.isEmpty();
  }

  /** The text with every such thing masked. */
  public String mask(String text) {
    if (isNone()) {
      return text;
    }
    String masked = text;
    for (int round = 0; round < ROUNDS; round++) {
      String more = new Round(masked).mask();
      if (more.equals(masked)) {
        return masked;
      }
      masked = more;
    }
    return withoutDigits(masked);
  }

  /** Nothing can be found where no digit and no @ is. */
  private static String withoutDigits(String text) {
    StringBuilder without = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      without.append(isDigit(c) || c == '@' ? '#' : c);
    }
    return without.toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Redaction that && kinds.equals(that.kinds);
  }

  @Override
  public int hashCode() {
    return kinds.hashCode();
  }

  @Override
  public String toString() {
    return kinds.toString();
  }

  /** One pass over a text. */
  private final class Round {
    private final String text;
    private final StringBuilder masked = new StringBuilder();

    /** What stands before is in {@link #masked}. */
    private int done;

    Round(String text) {
      this.text = text;
    }

    String mask() {
      int i = 0;
      while (i < text.length()) {
        int next = foundAt(i);
        i = next < 0 ? i + 1 : next;
      }
      return masked.append(text, done, text.length()).toString();
    }

    /** Masks what begins here, or is an address round this @; returns its end, or -1. */
    private int foundAt(int i) {
      char c = text.charAt(i);
      if (c == '@') {
        return kinds.contains(Kind.EMAILS) ? emailAround(i) : -1;
      }
      if (!isDigit(c) && !isLatin(c) && c != '+' && c != '(' && c != ':') {
        return -1;
      }
      // Nothing begins in the middle of a word.
      if (i > 0 && isWord(text.charAt(i - 1)) && c != '+' && c != '(') {
        return -1;
      }
      for (Kind kind : kinds) {
        int end =
            switch (kind) {
              case EMAILS -> -1;
              case IBANS -> endOfIban(i);
              case IPS -> Math.max(endOfIp4(i), endOfIp6(i));
              case CARDS -> endOfCard(i);
              case PHONES -> endOfPhone(i);
            };
        // What is the local part of an address is masked with it.
        if (end >= 0 && !(kinds.contains(Kind.EMAILS) && isLocalPart(end))) {
          replace(i, end, kind);
          return end;
        }
      }
      return -1;
    }

    private void replace(int start, int end, Kind kind) {
      masked.append(text, done, start).append(kind.mask());
      done = end;
    }

    private char at(int i) {
      return i >= 0 && i < text.length() ? text.charAt(i) : ' ';
    }

    // --- e-mail addresses. Neither part holds an @, so no character is looked at twice.

    private int emailAround(int at) {
      int start = at;
      while (start > done && isLocal(text.charAt(start - 1))) {
        start--;
      }
      while (start < at && (text.charAt(start) == '.' || text.charAt(start) == '\'')) {
        start++;
      }
      int end = start == at ? -1 : endOfDomain(at + 1);
      if (end < 0) {
        return -1;
      }
      replace(start, end, Kind.EMAILS);
      return end;
    }

    /** The end of at least two labels, the last of two letters or more; else -1. */
    private int endOfDomain(int start) {
      int end = -1;
      int label = start;
      for (int i = start; i <= text.length(); i++) {
        char c = at(i);
        if (i < text.length() && (Character.isLetterOrDigit(c) || c == '-' || c == '_')) {
          continue;
        }
        if (i == label) {
          break;
        }
        int letters = label;
        while (letters < i && Character.isLetter(text.charAt(letters))) {
          letters++;
        }
        boolean ends = letters == i || text.charAt(letters) == '-' || text.charAt(letters) == '_';
        if (label > start && text.startsWith("xn--", label)) {
          end = i;
        } else if (label > start && letters - label >= 2 && ends) {
          end = letters;
        }
        if (c != '.' || i == text.length()) {
          break;
        }
        label = i + 1;
      }
      return end;
    }

    private boolean isLocalPart(int end) {
      int i = end;
      int bound = Math.min(text.length(), end + 64);
      while (i < bound && isLocal(text.charAt(i))) {
        i++;
      }
      return i < text.length() && text.charAt(i) == '@' && endOfDomain(i + 1) >= 0;
    }

    // --- bank accounts

    private int endOfIban(int start) {
      if (!isLatin(at(start)) || !isLatin(at(start + 1)) || !isDigit(at(start + 2))) {
        return -1;
      }
      String country = text.substring(start, start + 2).toUpperCase(Locale.ROOT);
      Integer length = IBAN_LENGTHS.get(country);
      if (length == null) {
        return -1;
      }
      StringBuilder iban = new StringBuilder(length);
      int i = start;
      while (i < text.length() && iban.length() < length) {
        char c = text.charAt(i);
        if (isDigit(c) || isLatin(c)) {
          iban.append(Character.toUpperCase(c));
        } else if (!(isSpace(c) || c == '-') || !isAlphanumeric(at(i + 1))) {
          return -1;
        }
        i++;
      }
      return iban.length() == length && !isWord(at(i)) && hasRightCheckDigits(iban) ? i : -1;
    }

    private boolean hasRightCheckDigits(CharSequence iban) {
      int rest = 0;
      for (int i = 0; i < iban.length(); i++) {
        int value = Character.digit(iban.charAt((i + 4) % iban.length()), 36);
        rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
      }
      return rest == 1;
    }

    // --- network addresses

    private int endOfIp4(int start) {
      int i = start;
      for (int part = 0; part < 4; part++) {
        if (part > 0 && at(i++) != '.') {
          return -1;
        }
        int from = i;
        while (i - from < 4 && isDigit(at(i))) {
          i++;
        }
        if (i == from || i - from > 3 || Integer.parseInt(text, from, i, 10) > 255) {
          return -1;
        }
      }
      boolean goesOn = isWord(at(i)) || (at(i) == '.' && isDigit(at(i + 1)));
      boolean isTail = at(start - 1) == '.' && isWord(at(start - 2));
      return goesOn || isTail || isVersion(start) ? -1 : i;
    }

    /** Whether a word such as "version" stands before it. */
    private boolean isVersion(int start) {
      int end = start;
      while (end > 0 && start - end < 3 && !isWord(text.charAt(end - 1))) {
        end--;
      }
      int from = end;
      while (from > 0 && end - from < 10 && Character.isLetter(text.charAt(from - 1))) {
        from--;
      }
      return VERSION_WORDS.contains(text.substring(from, end).toLowerCase(Locale.ROOT));
    }

    private int endOfIp6(int start) {
      if (at(start - 1) == ':') {
        return -1;
      }
      int groups = 0;
      int digits = 0;
      boolean gap = false;
      int firstLength = 0;
      int i = start;
      while (groups <= IP6_GROUPS) {
        int from = i;
        while (i - from < 5 && isHex(at(i))) {
          digits += isDigit(at(i)) ? 1 : 0;
          i++;
        }
        if (i - from > 4) {
          return -1;
        }
        if (i > from) {
          groups++;
          firstLength = groups == 1 ? i - from : firstLength;
        }
        if (at(i) != ':') {
          break;
        }
        if (at(i + 1) == ':') {
          if (gap) {
            return -1;
          }
          gap = true;
          i += 2;
        } else if (isHex(at(i + 1)) && i > from) {
          i++;
        } else {
          break;
        }
      }
      // Names of programs are written a::b, too; times 12:30:00, and hardware addresses in six.
      boolean complete = gap ? groups < IP6_GROUPS : groups == IP6_GROUPS;
      boolean certain = groups >= 3 || firstLength == 4 || (groups == 1 && at(start) == ':');
      return complete && certain && digits > 0 && !isWord(at(i)) && at(i) != ':' ? i : -1;
    }

    // --- payment cards

    private int endOfCard(int start) {
      if (!isDigit(at(start)) || isGluedBefore(start)) {
        return -1;
      }
      int[] digits = new int[CARD_MAX_DIGITS];
      int count = 0;
      int group = 0;
      int end = -1;
      int i = start;
      while (true) {
        if (isDigit(at(i))) {
          if (count == CARD_MAX_DIGITS) {
            return isSpace(at(i - group - 1)) ? end : -1;
          }
          digits[count++] = at(i) - '0';
          group++;
          i++;
          continue;
        }
        if (group < 3) {
          break;
        }
        if (count >= CARD_MIN_DIGITS && !isGluedAfter(i) && isCard(digits, count)) {
          end = i;
        }
        if (!(isSpace(at(i)) || isDash(at(i))) || !isDigit(at(i + 1))) {
          break;
        }
        group = 0;
        i++;
      }
      return end;
    }

    private boolean isCard(int[] digits, int count) {
      int two = digits[0] * 10 + digits[1];
      int four = two * 100 + digits[2] * 10 + digits[3];
      boolean issued =
          switch (digits[0]) {
            case 2 -> count == 16 && (four >= 2200 && four <= 2204 || four >= 2221 && four <= 2720);
            case 3 ->
                (two == 34 || two == 37)
                    ? count == 15
                    : two == 35
                        ? count >= 16
                        : (two == 30 || two == 36 || two == 38) && count == 14;
            case 4 -> count == 13 || count == 16 || count == 19;
            case 5 -> count == 16 || (two == 50 || two >= 56) && count <= 19;
            case 6 -> count >= 16;
            default -> false;
          };
      int sum = 0;
      for (int i = 0; i < count; i++) {
        int value = digits[count - 1 - i] * (i % 2 == 0 ? 1 : 2);
        sum += value > 9 ? value - 9 : value;
      }
      return issued && sum % 10 == 0;
    }

    // --- phone numbers

    private int endOfPhone(int start) {
      if (isGluedBefore(start)) {
        return -1;
      }
      char c = at(start);
      if (c == '+') {
        return endOfInternational(start + 1);
      }
      if (isLatin(c) || c == ':') {
        return -1;
      }
      return Math.max(endOfRussian(start), endOfGrouped(start));
    }

    /**
     * +7 and +1 have eleven digits; elsewhere it may be 8 to 15, and all that is there is taken.
     */
    private int endOfInternational(int start) {
      int first = isDigit(at(start)) ? start : isDigit(at(start + 1)) ? start + 1 : -1;
      if (first < 0 || at(first) == '0') {
        return -1;
      }
      boolean eleven = at(first) == '7' || at(first) == '1';
      return endOfDigits(
          first,
          eleven ? RUSSIAN_DIGITS : PHONE_MIN_DIGITS,
          eleven ? RUSSIAN_DIGITS : PHONE_MAX_DIGITS);
    }

    /** 8 916 123-45-67, 8(495)1234567, 89161234567, 79161234567. */
    private int endOfRussian(int start) {
      if (at(start) != '8' && at(start) != '7') {
        return -1;
      }
      int end = endOfDigits(start, RUSSIAN_DIGITS, RUSSIAN_DIGITS);
      if (end < 0 || isGluedAfter(end)) {
        return -1;
      }
      String digits = digits(start, end);
      char code = digits.charAt(1);
      boolean known =
          end - start > RUSSIAN_DIGITS
              ? code == '3' || code == '4' || code == '8' || code == '9'
              // Without any grouping it may be an order's number: only what is surely dialled.
              : code == '9'
                  || digits.startsWith("8800")
                  || digits.startsWith("8495")
                  || digits.startsWith("8499")
                  || digits.startsWith("8812");
      return known ? end : -1;
    }

    /** (495) 123-45-67, 916 123-45-67, (555) 123-4567 and 555-123-4567. */
    private int endOfGrouped(int start) {
      int end = endOfDigits(at(start) == '(' ? start + 1 : start, 10, 10);
      if (end < 0 || isGluedAfter(end)) {
        return -1;
      }
      String groups = groups(start, end);
      String digits = digits(start, end);
      boolean bracketed = at(start) == '(' && at(start + 4) == ')' && digits.charAt(0) > '1';
      boolean russian = groups.equals("3 3 2 2") && "3489".indexOf(digits.charAt(0)) >= 0;
      boolean american = groups.equals("3 3 4") && digits.charAt(0) > '1' && digits.charAt(3) > '1';
      return bracketed || at(start) != '(' && (russian || american) ? end : -1;
    }

    /**
     * The end of so many digits, with no more between two of them than people write there; -1 if
     * there are fewer, or the number goes on without a gap.
     */
    private int endOfDigits(int start, int least, int most) {
      int count = 0;
      int end = -1;
      int i = start;
      while (i < text.length()) {
        if (isDigit(text.charAt(i))) {
          if (count == most) {
            return i > end ? end : -1;
          }
          count++;
          i++;
          end = count >= least && !isDigit(at(i)) ? i : end;
          continue;
        }
        int gap = i;
        while (gap - i < 3 && isBetweenDigits(at(gap))) {
          gap++;
        }
        if (count == most || gap == i || !isDigit(at(gap))) {
          break;
        }
        i = gap;
      }
      return end;
    }

    private String digits(int start, int end) {
      StringBuilder digits = new StringBuilder();
      for (int i = start; i < end; i++) {
        if (isDigit(text.charAt(i))) {
          digits.append(text.charAt(i));
        }
      }
      return digits.toString();
    }

    /** How many digits stand together: "3 3 4". */
    private String groups(int start, int end) {
      StringBuilder groups = new StringBuilder();
      int group = 0;
      for (int i = start; i <= end; i++) {
        if (i < end && isDigit(text.charAt(i))) {
          group++;
        } else if (group > 0) {
          groups.append(groups.isEmpty() ? "" : " ").append(group);
          group = 0;
        }
      }
      return groups.toString();
    }

    /** Whether this is the rest of something longer: of a word, an amount, a number with a sign. */
    private boolean isGluedBefore(int start) {
      char before = at(start - 1);
      char earlier = at(start - 2);
      return switch (before) {
        case '.', ',' -> isDigit(earlier) || earlier == ']';
        case '-', '_' -> isWord(earlier) || earlier == ']';
        case '#', '№' -> true;
        default -> isWord(before) || isSpace(before) && (earlier == '#' || earlier == '№');
      };
    }

    private boolean isGluedAfter(int end) {
      char after = at(end);
      return isWord(after)
          || (after == '.' || after == ',' || isDash(after))
              && (isWord(at(end + 1)) || at(end + 1) == '[');
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLatin(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static boolean isAlphanumeric(char c) {
    return isDigit(c) || isLatin(c);
  }

  private static boolean isHex(char c) {
    return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
  }

  private static boolean isWord(char c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  /** No line break: what stands on two lines is not one number. */
  private static boolean isSpace(char c) {
    return c == ' ' || c == '\u00a0' || c == '\u202f' || c == '\u2009';
  }

  private static boolean isDash(char c) {
    return c == '-' || c >= '\u2010' && c <= '\u2014';
  }

  private static boolean isBetweenDigits(char c) {
    return isSpace(c) || isDash(c) || c == '(' || c == ')' || c == '.';
  }

  private static boolean isLocal(char c) {
    return Character.isLetterOrDigit(c) || "._%+-'&~#$!^*".indexOf(c) >= 0;
  }
}
