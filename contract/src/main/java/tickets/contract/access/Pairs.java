package tickets.contract.access;

/** Settings that mean nothing without each other. */
final class Pairs {

  private Pairs() {}

  static void requireBothOrNone(String one, String valueOfOne, String other, String valueOfOther) {
    if (valueOfOne.isEmpty() != valueOfOther.isEmpty()) {
      boolean oneIsSet = !valueOfOne.isEmpty();
      throw new IllegalArgumentException(
          (oneIsSet ? one : other)
              + " is set, but "
              + (oneIsSet ? other : one)
              + " is not. Set both, or none.");
    }
  }
}
