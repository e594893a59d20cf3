/**
 * The main job end to end on real text, with everything in processes of their own.
 *
 * <p>Read {@link io.proximadb.cli.quickstart.Quickstart}, which tells the story, then {@link
 * io.proximadb.cli.quickstart.Jobs} for the processes it starts.
 */
@NullMarked
package io.proximadb.cli.quickstart;

import org.jspecify.annotations.NullMarked;
