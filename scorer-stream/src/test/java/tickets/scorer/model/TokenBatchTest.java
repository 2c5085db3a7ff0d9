package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenBatchTest {

  private static int[] sequence(int length, int first) {
    int[] ids = new int[length];
    Arrays.fill(ids, 1);
    ids[0] = first;
    return ids;
  }

  @Test
  void shorterRowsArePadded() {
    TokenBatch batch = TokenBatch.of(List.of(new int[] {2, 7, 3}, new int[] {2, 3}));

    assertThat(batch.width()).isEqualTo(3);
    assertThat(batch.padded()).containsExactly(2, 7, 3, 2, 3, 0);
    assertThat(batch.lengths()).containsExactly(3, 2);
    assertThat(batch.row(1)).containsExactly(2, 3);
  }

  @Test
  void everyTicketIsInOnePassWithItsOwnTokens() {
    Random random = new Random(7);
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sequences.add(sequence(2 + random.nextInt(60), random.nextInt(5)));
    }
    int[] seen = new int[sequences.size()];
    for (TokenBatch pass : TokenBatch.cut(sequences, 300, 16)) {
      assertThat(pass.paddedTokens()).isLessThanOrEqualTo(300);
      for (int row = 0; row < pass.size(); row++) {
        for (int ticket : pass.tickets(row)) {
          seen[ticket]++;
          assertThat(pass.row(row)).containsExactly(sequences.get(ticket));
        }
      }
    }
    assertThat(seen).containsOnly(1);
  }

  @Test
  void passesHaveAMultipleOfTokensAndNoRowIsWiderThanAModelTakes() {
    Random random = new Random(11);
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      sequences.add(sequence(2 + random.nextInt(99), i));
    }

    List<TokenBatch> passes = TokenBatch.cut(sequences, 1_000, 12, 16, 112);

    for (TokenBatch pass : passes) {
      assertThat(pass.paddedTokens() % 16).isZero();
      assertThat(pass.width()).isLessThanOrEqualTo(112);
      assertThat(pass.padded()).hasSize(pass.paddedTokens());
      for (int row = 0; row < pass.size(); row++) {
        assertThat(pass.row(row).length).isLessThanOrEqualTo(pass.width());
      }
    }
    assertThat(passes.stream().mapToInt(TokenBatch::size).sum()).isEqualTo(300);
    assertThat(passes).hasSizeGreaterThan(10);
  }

  @Test
  void aRowIsNoWiderThanItsNumberNeeds() {
    assertThat(TokenBatch.cut(List.of(sequence(17, 0)), 100, 8, 16, 64).get(0).width())
        .isEqualTo(32);
    List<int[]> eight = IntStream.range(0, 8).mapToObj(i -> sequence(17, i)).toList();
    assertThat(TokenBatch.cut(eight, 1_000, 8, 16, 64).get(0).width()).isEqualTo(18);
    List<int[]> sixteen = IntStream.range(0, 16).mapToObj(i -> sequence(17, i)).toList();
    assertThat(TokenBatch.cut(sixteen, 1_000, 8, 16, 64).get(0).width()).isEqualTo(17);
    assertThat(TokenBatch.cut(List.of(sequence(49, 0)), 100, 8, 16, 50).get(0).width())
        .as("a model that takes 50")
        .isEqualTo(49);
  }

  @Test
  void equalTicketsAreOneRow() {
    List<TokenBatch> passes =
        TokenBatch.cut(
            List.of(sequence(9, 5), sequence(4, 5), sequence(9, 5), sequence(9, 6)), 1_000, 0);

    assertThat(passes.stream().mapToInt(TokenBatch::size).sum()).isEqualTo(3);
    assertThat(passes.get(1).tickets(0)).containsExactly(0, 2);
  }

  @Test
  void longTicketDoesNotWidenTheShortOnes() {
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < 31; i++) {
      sequences.add(sequence(10, i));
    }
    sequences.add(sequence(256, 0));

    List<TokenBatch> passes = TokenBatch.cut(sequences, 10_000, 32);

    assertThat(passes).extracting(TokenBatch::paddedTokens).containsExactly(310, 256);
  }

  @Test
  void paddingIsTakenWhereAFurtherPassCostsMore() {
    List<int[]> sequences = List.of(sequence(10, 0), sequence(12, 1), sequence(14, 2));

    assertThat(TokenBatch.cut(sequences, 10_000, 32))
        .extracting(TokenBatch::paddedTokens)
        .containsExactly(42);
    assertThat(TokenBatch.cut(sequences, 10_000, 0))
        .extracting(TokenBatch::paddedTokens)
        .containsExactly(10, 12, 14);
  }

  @Test
  void ticketLongerThanTheLimitGetsAPassOfItsOwn() {
    assertThat(TokenBatch.cut(List.of(sequence(50, 0), sequence(50, 1), sequence(4, 1)), 20, 8))
        .extracting(TokenBatch::paddedTokens)
        .containsExactly(4, 50, 50);
  }

  @Test
  void unpaddedPassesAreFilledToTheLimitWithTrueTokens() {
    List<int[]> sequences =
        List.of(sequence(30, 0), sequence(4, 1), sequence(200, 2), sequence(4, 1), sequence(60, 3));

    List<TokenBatch> passes = TokenBatch.cutUnpadded(sequences, 100);

    assertThat(passes).extracting(TokenBatch::tokens).containsExactly(4 + 30 + 60, 200);
    assertThat(passes.get(0).tickets(0)).containsExactly(1, 3);
    assertThat(passes.get(0).starts()).containsExactly(0, 4, 34, 94);
  }

  @Test
  void withoutPaddingIdsFollowOneAnotherAndThenTheirPositions() {
    TokenBatch batch = TokenBatch.of(List.of(new int[] {2, 7, 3}, new int[] {2, 3}));

    assertThat(batch.idsAndPositions()).containsExactly(2, 7, 3, 2, 3, 0, 1, 2, 0, 1);
    assertThat(batch.starts()).containsExactly(0, 3, 5);
  }

  @Test
  void noTicketsNeedNoPass() {
    assertThat(TokenBatch.cut(List.of(), 100, 8)).isEmpty();
    assertThat(TokenBatch.cutUnpadded(List.of(), 100)).isEmpty();
  }

  @Test
  void laterChangesByTheCallerDoNotReachTheBatch() {
    int[] ids = {2, 7, 3};
    TokenBatch batch = TokenBatch.of(List.of(ids));
    ids[1] = 9;
    batch.row(0)[1] = 9;

    assertThat(batch.row(0)).containsExactly(2, 7, 3);
  }
}
