package tickets.contract;

import java.util.regex.Pattern;

/** The form of a {@code task_id}: 1 to 128 of {@code A-Z a-z 0-9 . _ : -}. */
public final class TicketId {

  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private TicketId() {}

  /** Whether {@code id} can name a ticket. */
  public static boolean isValid(String id) {
    return FORM.matcher(id).matches();
  }

  /** The id of a record that brought none: where it stands in its topic is unique for ever. */
  public static String ofPosition(String topic, int partition, long offset) {
    return topic + "-" + partition + "-" + offset;
  }
}
