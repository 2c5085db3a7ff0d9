package tickets.scorer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final String TEXT =
      "Почта не работает у всего отдела с самого утра, клиенты ждут ответа, помогите! 🙏";

  @Test
  void changesItsShareAndTheSameForTheSameSeed() {
    List<String> texts = Collections.nCopies(2_000, TEXT);
    Augmentation augmentation = new Augmentation(0.3);

    List<String> altered = augmentation.texts(texts, new Random(1));

    long changed = altered.stream().filter(text -> !text.equals(TEXT)).count();
    // A few of the 600 come out as they were.
    assertThat(changed).isBetween(450L, 650L);
    assertThat(augmentation.texts(texts, new Random(1))).isEqualTo(altered);
    assertThat(augmentation.texts(texts, new Random(2))).isNotEqualTo(altered);
    assertThat(altered).anyMatch(text -> text.endsWith(TEXT) && !text.equals(TEXT));
  }

  @Test
  void leavesWellFormedTextsOfAboutTheirLength() {
    List<String> texts =
        IntStream.range(0, 3_000).mapToObj(i -> TEXT.substring(i % 40) + " 👩‍🚒 x" + i).toList();

    List<String> altered = new Augmentation(1).texts(texts, new Random(3));

    for (int i = 0; i < texts.size(); i++) {
      assertThat(altered.get(i)).isNotBlank();
      assertThat(altered.get(i).length())
          .isBetween(texts.get(i).length() / 2, texts.get(i).length() + 25);
      assertThat(altered.get(i).codePoints())
          .noneMatch(c -> Character.getType(c) == Character.SURROGATE);
    }
  }
}
