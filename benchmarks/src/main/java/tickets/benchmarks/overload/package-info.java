/**
 * Far more calls than can be scored: what becomes of those that are let in, of those that are
 * refused, and of the machine.
 */
@NullMarked
package tickets.benchmarks.overload;

import org.jspecify.annotations.NullMarked;
