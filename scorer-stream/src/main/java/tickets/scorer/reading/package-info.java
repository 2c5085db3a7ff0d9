/**
 * What of a ticket the model is given to read: {@link tickets.scorer.reading.OwnWords} without what
 * mail programs put round them, and whether the model knows the language ({@link
 * tickets.scorer.reading.TextLanguage}).
 *
 * <pre>
 * text ─▶ HtmlMail (HTML to lines) ─▶ MailLines ─▶ QuotedReply, MailEnd (signature, footers) ─▶ OwnWords
 * </pre>
 *
 * <p>Each text is read for itself: what becomes of it never depends on its batch.
 */
@NullMarked
package tickets.scorer.reading;

import org.jspecify.annotations.NullMarked;
