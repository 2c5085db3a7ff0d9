package tickets.scorer.reading;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tickets.scorer.reading.OwnWords.Kind;

/**
 * Finds what a letter ends with: notices of confidentiality, "Sent from my phone", the signature.
 * They are taken off from the end on, as long as words are left in front of them.
 */
final class MailEnd {

  /** Lines of a signature, and how long one may be: longer ones are prose. */
  private static final int MOST_LINES = 8;

  private static final int LONGEST_LINE = 80;

  private static final Pattern CLOSING =
      Pattern.compile(
          "^\\s*(с уважением|с наилучшими пожеланиями|с добрыми пожеланиями|всего доброго|всего наилучшего"
              + "|искренне ваш|kind regards|best regards|warm regards|many regards|regards|best wishes|all the best"
              + "|yours sincerely|yours faithfully|yours truly|sincerely|cheers)"
              + "(,?\\s+(и благодарностью|and thanks|ваш|ваша))?"
              + "\\s*[,.!—–-]*(?-iu:\\s+\\p{Lu}[\\p{L}.-]*(\\s+\\p{Lu}[\\p{L}.-]*){0,3})?\\s*[,.]?\\s*$",
          QuotedReply.FLAGS);

  private static final Pattern DELIMITER = Pattern.compile("^(-- ?|—|_{3,}|\\*{3,})\\s*$");

  private static final Pattern DEVICE =
      Pattern.compile(
          "^\\s*(отправлено (с|из) (моего )?(iphone|ipad|айфона|андроид|android|мобильн|samsung|xiaomi|huawei|телефона|outlook|почты|яндекс|mail\\.ru|приложения)"
              + "|отправлено из почты|sent from (my )?(iphone|ipad|android|samsung|galaxy|mobile|phone|outlook|mail for|yahoo|huawei|blackberry)"
              + "|get outlook for|скачайте outlook).{0,60}$",
          QuotedReply.FLAGS);

  /** How such a notice begins; banners of mail gateways stand above the letter, not here. */
  private static final Pattern NOTICE_BEGIN =
      Pattern.compile(
          "^\\W*(confidentiality( notice)?\\b|disclaimer\\b|legal notice\\b|notice of confidentiality|privileged (and|&) confidential"
              + "|th(is|e (information|content|contents) (contained )?(in|of) this) (e-?mail|message|communication|transmission)"
              + "|please (consider|think of) the environment"
              + "|уведомление о конфиденциальности|внимание[!:.]? (настоящее|данное|это)"
              + "|(настоящее|данное|это) (электронное )?(сообщение|письмо|почтовое)"
              + "|(информация|сведения|содержание|содержимое)\\b.{0,30}(настоящ|данн|эт)\\p{L}+ (электронн\\p{L}+ )?(сообщени|письм)"
              + "|пожалуйста,? подумайте об окружающей среде|берегите природу)",
          QuotedReply.FLAGS);

  private static final Pattern ENVIRONMENT =
      Pattern.compile("environment|окружающей среде|берегите природу", QuotedReply.FLAGS);

  private static final List<Pattern> NOTICE_WORDS =
      List.of(
          Pattern.compile(
              "confidential|privileged|proprietary|конфиденциальн|коммерческую тайну",
              QuotedReply.FLAGS),
          Pattern.compile(
              "intended (solely |only |exclusively )?(for|recipient)|addressee|named (recipient|above)|адресат|получател|предназначен",
              QuotedReply.FLAGS),
          Pattern.compile(
              "\\bdelete\\b|\\bnotify\\b|disclos|disseminat|distribut|\\bcopying\\b|unauthori[sz]ed|удалит|уничтож|уведом|сообщите|раскрыт|распростран|копирован|несанкционированн",
              QuotedReply.FLAGS));

  private static final Pattern SENTENCE = Pattern.compile("[.?!:;…]\\s*$|: ");

  private static final Pattern CONTACT =
      Pattern.compile(
          "\\d{3}|[^\\s<>]@[^\\s<>]|https?://|\\bwww\\.|(^|\\W)(тел|моб|доб|phone|tel|mob|fax|факс|skype|telegram)\\b",
          QuotedReply.FLAGS);

  /** Words of the matter: what has them is no signature. */
  private static final Pattern OWN =
      Pattern.compile(
          "(^|\\P{L})(не|нет|прошу|просьба|пожалуйста|срочно|ещё|еще|также|забыл|забыла|not|no|please|urgent|also|forgot"
              + "|can't|cannot|doesn't|isn't|p\\.? ?s|п\\.? ?с|з\\.? ?ы|ps|пс|зы)(\\P{L}|$)",
          QuotedReply.FLAGS);

  private MailEnd() {}

  /** The lines that are left; adds what was taken off. */
  static List<String> setAside(List<String> lines, Set<Kind> kinds) {
    List<String> left = withoutBlankEnd(lines);
    boolean changed = true;
    while (changed) {
      changed = false;
      int footer = footer(left);
      int signature = footer < left.size() ? left.size() : signature(left);
      int end = Math.min(footer, signature);
      if (end < left.size() && OwnWords.letters(left.subList(0, end)) > 0) {
        kinds.add(footer < left.size() ? Kind.FOOTER : Kind.SIGNATURE);
        left = withoutBlankEnd(left.subList(0, end));
        changed = true;
      }
    }
    return left;
  }

  /** Where the last paragraph begins if it is a notice; else the end. */
  private static int footer(List<String> lines) {
    int begin = lines.size();
    while (begin > 0 && !lines.get(begin - 1).isBlank()) {
      begin--;
      if (NOTICE_BEGIN.matcher(lines.get(begin)).find()) {
        break;
      }
    }
    if (begin == lines.size()) {
      return begin;
    }
    String notice = String.join(" ", lines.subList(begin, lines.size()));
    if (!NOTICE_BEGIN.matcher(notice).find()) {
      return lines.size();
    }
    boolean complete = NOTICE_WORDS.stream().allMatch(words -> words.matcher(notice).find());
    boolean green = notice.length() < 200 && ENVIRONMENT.matcher(notice).find();
    if (complete || green) {
      int above = begin;
      // The line drawn above it.
      while (above > 0
          && (lines.get(above - 1).isBlank() || lines.get(above - 1).matches("[\\s*_=—-]+"))) {
        above--;
      }
      return above;
    }
    return lines.size();
  }

  /** Where the signature begins; the end if there is none. */
  private static int signature(List<String> lines) {
    int last = lines.size() - 1;
    if (last < 0) {
      return 0;
    }
    if (lines.get(last).length() <= LONGEST_LINE && DEVICE.matcher(lines.get(last)).matches()) {
      return last;
    }
    int rows = 0;
    for (int i = last; i >= 0 && rows <= MOST_LINES; i--) {
      String line = lines.get(i);
      boolean closing = line.length() <= LONGEST_LINE && CLOSING.matcher(line).matches();
      boolean delimiter = line.equals("-- ") || line.equals("--");
      if (closing || delimiter) {
        List<String> below = lines.subList(i + 1, lines.size());
        boolean certain =
            closing || line.equals("-- ") || below.stream().anyMatch(MailEnd::isContact);
        if (!certain || !isSignature(below)) {
          return lines.size();
        }
        // What mail programs draw above it goes with it.
        return i > 0 && DELIMITER.matcher(lines.get(i - 1)).matches() ? i - 1 : i;
      }
      rows += line.isBlank() ? 0 : 1;
    }
    return lines.size();
  }

  /** Name, post, firm; after a blank line only what can't be a sentence. */
  private static boolean isSignature(List<String> lines) {
    boolean afterBlank = false;
    boolean begun = false;
    for (String line : lines) {
      if (line.isBlank()) {
        afterBlank |= begun;
      } else {
        begun = true;
        int words = line.strip().split("\\s+").length;
        boolean few = words <= (afterBlank ? 3 : 6) && !SENTENCE.matcher(line).find();
        if (line.length() > LONGEST_LINE
            || (!few && !isContact(line))
            || OWN.matcher(line).find()) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isContact(String line) {
    return CONTACT.matcher(line).find();
  }

  private static List<String> withoutBlankEnd(List<String> lines) {
    int end = lines.size();
    while (end > 0 && lines.get(end - 1).isBlank()) {
      end--;
    }
    return lines.subList(0, end);
  }
}
