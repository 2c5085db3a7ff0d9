package tickets.scorer.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Finds the letter that a letter answers.
 *
 * <ul>
 *   <li>"On … wrote:" and its kin in English and Russian, with the lines in {@code >} that follow;
 *       or, where none follows, all the rest;
 *   <li>further lines in {@code >} of such a letter, or of one that quotes another in its turn;
 *   <li>"-----Original Message-----", or From, Sent, To, Subject one below another, and all the
 *       rest.
 * </ul>
 *
 * <p>A letter that is sent on to us is the matter itself: nothing of it is set aside.
 */
final class QuotedReply {

  /** Longer lines are prose. */
  private static final int LONGEST_HEADER = 250;

  private static final String MONTH =
      "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек)";

  /**
   * Of patterns for mail in any language, with Unicode's word boundaries and spaces: a JDK's own
   * {@code \b} knows ASCII only since 19.
   */
  static final int FLAGS =
      Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS;

  private static final Pattern FORWARDED =
      Pattern.compile(
          "^(fwd?|пересл|перес|перенаправлено|tr|wg)\\s*:.*"
              + "|.*-{2,}\\s*(forwarded message|пересылаемое сообщение|пересланное сообщение|конец пересылаемого сообщения|начало переадресованного сообщения).*"
              + "|^begin forwarded message:.*"
              + "|^начало переадресованного сообщения:.*",
          FLAGS);

  private static final Pattern ORIGINAL =
      Pattern.compile(
          "^\\s*[-_]{2,}\\s*(original message|original appointment|reply message|исходное сообщение|оригинальное сообщение|исходное письмо)\\s*[-_]{2,}\\s*$",
          FLAGS);

  private static final Pattern FROM =
      Pattern.compile("^\\s*\\*?(from|от|от кого):\\*?\\s+\\S.*$", FLAGS);

  private static final Pattern HEADER =
      Pattern.compile(
          "^\\s*\\*?(sent|date|to|cc|subject|importance|reply-to|отправлено|дата|кому|копия|тема|важность):\\*?\\s.*$",
          FLAGS);

  /** How it ends: "… wrote:". */
  private static final Pattern WROTE =
      Pattern.compile(
          ".*(?:wrote|writes|пишет|написал|написала|написал\\(а\\)|написали|писал|писала|писали)\\s*:\\s*$",
          FLAGS);

  /** Or as mail.ru and Yandex end it: a name, an address, a colon. */
  private static final Pattern ADDRESS_AT_END =
      Pattern.compile(".*<?[^\\s<>]+@[^\\s<>]+>?\\s*:\\s*$");

  private static final Pattern DATE =
      Pattern.compile(
          "\\d{1,2}[./-]\\d{1,2}[./-]\\d{2,4}|\\d{4}-\\d{2}-\\d{2}|\\d{1,2}(?:st|nd|rd|th)?,?\\s+"
              + MONTH
              + "|"
              + MONTH
              + "[a-zа-я]*\\.?\\s+\\d{1,2}",
          FLAGS);

  private static final Pattern TIME_OR_ADDRESS =
      Pattern.compile("\\d{1,2}:\\d{2}|[^\\s<>]@[^\\s<>]");

  private QuotedReply() {}

  /** The lines that are left; all of them where nothing is quoted. */
  static List<String> setAside(List<String> lines) {
    if (lines.stream().anyMatch(line -> isShort(line) && FORWARDED.matcher(line).matches())) {
      return lines;
    }
    List<String> own = new ArrayList<>();
    boolean answers =
        lines.stream().anyMatch(line -> line.startsWith(">>") || line.startsWith("> >"));
    int i = 0;
    while (i < lines.size()) {
      if (isHeaderBlock(lines, i)) {
        return own;
      }
      int afterAttribution = attribution(lines, i);
      if (afterAttribution > i) {
        int next = skipBlank(lines, afterAttribution);
        if (next < lines.size() && isQuoted(lines.get(next))) {
          answers = true;
          i = endOfQuote(lines, next);
          continue;
        }
        return own;
      }
      if (isQuoted(lines.get(i))) {
        if (answers) {
          i = endOfQuote(lines, i);
          continue;
        }
      }
      own.add(lines.get(i));
      i++;
    }
    return own;
  }

  private static boolean isShort(String line) {
    return line.length() <= LONGEST_HEADER;
  }

  private static boolean isQuoted(String line) {
    return line.stripLeading().startsWith(">");
  }

  private static int skipBlank(List<String> lines, int from) {
    int at = from;
    while (at < lines.size() && lines.get(at).isBlank()) {
      at++;
    }
    return at;
  }

  /** After the lines in {@code >} and the blank ones between them. */
  private static int endOfQuote(List<String> lines, int from) {
    int end = from;
    for (int at = from; at < lines.size(); at++) {
      if (isQuoted(lines.get(at))) {
        end = at + 1;
      } else if (!lines.get(at).isBlank()) {
        break;
      }
    }
    return end;
  }

  private static boolean isHeaderBlock(List<String> lines, int at) {
    String line = lines.get(at);
    if (!isShort(line)) {
      return false;
    }
    if (ORIGINAL.matcher(line).matches()) {
      return true;
    }
    if (!FROM.matcher(line).matches()) {
      return false;
    }
    int headers = 0;
    int seen = 0;
    for (int i = at + 1; i < lines.size() && seen < 6; i++) {
      String next = lines.get(i);
      if (!next.isBlank()) {
        seen++;
        if (!isShort(next) || !HEADER.matcher(next).matches()) {
          break;
        }
        headers++;
      }
    }
    return headers >= 2;
  }

  /**
   * Where the lines end that say who wrote what follows, and when: mail programs break them.
   *
   * @return {@code at} if there are none
   */
  private static int attribution(List<String> lines, int at) {
    StringBuilder joined = new StringBuilder();
    for (int i = at; i < lines.size() && i < at + 3; i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || isQuoted(line)) {
        return at;
      }
      joined.append(joined.isEmpty() ? "" : " ").append(line);
      if (joined.length() > LONGEST_HEADER) {
        return at;
      }
      if (line.endsWith(":")) {
        return isAttribution(joined.toString()) ? i + 1 : at;
      }
    }
    return at;
  }

  private static boolean isAttribution(String line) {
    if (!DATE.matcher(line).find() || !TIME_OR_ADDRESS.matcher(line).find()) {
      return false;
    }
    boolean begins =
        line.toLowerCase(Locale.ROOT).startsWith("on ")
            || Character.isDigit(line.charAt(0))
            || !line.contains(". ")
            || line.contains(" г. ");
    return begins && (WROTE.matcher(line).matches() || ADDRESS_AT_END.matcher(line).matches());
  }
}
