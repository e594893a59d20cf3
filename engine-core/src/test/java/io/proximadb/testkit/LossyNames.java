package io.proximadb.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The names of a {@link LossyDisk} that differ from the real folders'. Guarded by the disk. */
final class LossyNames {
  /** Stands for a name that was deleted or moved away. */
  static final LossyNode GONE = LossyNode.created();

  /** Names changed and not synced, in the order of the changes. */
  private final Map<Path, LossyNode> changes = new LinkedHashMap<>();

  /** Files with a durable name of which there is more to know than the real file tells. */
  private final Map<Path, LossyNode> durable = new HashMap<>();

  /** The file that this process sees under a name, or null. */
  LossyNode find(Path path) {
    LossyNode changed = changes.get(path);
    if (changed != null) {
      return changed == GONE ? null : changed;
    }
    LossyNode known = durable.get(path);
    if (known != null) {
      return known;
    }
    return Files.isRegularFile(path) ? LossyNode.existing(path) : null;
  }

  boolean changed(Path path) {
    return changes.containsKey(path);
  }

  List<Map.Entry<Path, LossyNode>> changesIn(Path folder) {
    List<Map.Entry<Path, LossyNode>> found = new ArrayList<>();
    for (Map.Entry<Path, LossyNode> change : changes.entrySet()) {
      if (folder.equals(change.getKey().getParent())) {
        found.add(Map.entry(change.getKey(), change.getValue()));
      }
    }
    return found;
  }

  /** Remembers a file that is about to be more than the real file tells. */
  void keep(LossyNode node) {
    if (node.durablePath() != null) {
      durable.put(node.durablePath(), node);
    }
  }

  /** Forgets a file of which the real one tells all. */
  void tidy(LossyNode node) {
    Path path = node.durablePath();
    if (path != null && node.forgettable() && durable.get(path) == node && !moved(node)) {
      durable.remove(path);
    }
  }

  void link(Path path, LossyNode node) {
    changes.remove(path);
    if (!path.equals(node.durablePath())) {
      changes.put(path, node);
    }
  }

  void unlink(Path path) {
    changes.remove(path);
    if (Files.exists(path)) {
      changes.put(path, GONE);
    }
  }

  /** Makes the names in a folder durable. */
  void sync(Path folder) throws IOException {
    for (Map.Entry<Path, LossyNode> change : changesIn(folder)) {
      apply(change.getKey(), change.getValue());
    }
  }

  /** Lets some of what is not synced reach the disk. */
  void syncSome(Random random) throws IOException {
    for (Map.Entry<Path, LossyNode> change : List.copyOf(changes.entrySet())) {
      Path path = change.getKey();
      LossyNode here = durable.get(path);
      // A rename in a folder is atomic on every journaling file system: not its first half only.
      boolean halfOfRename = change.getValue() == GONE && here != null && moved(here);
      if (!halfOfRename && random.nextBoolean()) {
        apply(path, change.getValue());
      }
    }
    for (LossyNode node : List.copyOf(durable.values())) {
      node.syncSome(random);
    }
  }

  void clear() {
    changes.clear();
    durable.clear();
  }

  private void apply(Path path, LossyNode node) throws IOException {
    if (changes.get(path) != node) {
      // Done already, as the other half of a rename.
      return;
    }
    changes.remove(path);
    LossyNode here = durable.remove(path);
    if (here != null && here != node && path.equals(here.durablePath())) {
      here.unlinkDurably();
    }
    if (node == GONE) {
      Files.deleteIfExists(path);
      return;
    }
    Path old = node.durablePath();
    boolean rename =
        old != null && path.getParent().equals(old.getParent()) && changes.get(old) == GONE;
    node.linkDurably(path, rename);
    if (rename) {
      changes.remove(old);
    }
    if (old != null) {
      durable.remove(old, node);
    }
    durable.put(path, node);
    tidy(node);
  }

  /** True if a file is seen under another name than its durable one. */
  private boolean moved(LossyNode node) {
    return changes.containsValue(node);
  }
}
