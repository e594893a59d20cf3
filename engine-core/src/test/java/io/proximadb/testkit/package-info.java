/**
 * The test kit: disks that fail and lose, and checkers that say what an engine got wrong.
 *
 * <p>Read {@link io.proximadb.testkit.LossyDisk} (forgets on a crash what was not synced), {@link
 * io.proximadb.testkit.FaultyDisk} (fails when told to) and {@link io.proximadb.testkit.WalHistory}
 * (compares what a log acknowledged with what it gives back).
 */
package io.proximadb.testkit;
