package io.proximadb.wal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The directories that hold a log's segments: those that the settings name, and those of before
 * that still hold some. Safe for use by several threads.
 */
final class LogDirectories implements LogRetention.Listener {
  static final String FILE = "directories.json";

  /** A file in each listed directory, but the home's, that tells it from an empty mount point. */
  static final String MARKER = "wal.directory";

  /** In the home's folder: a number, up to which segments of stripes were deleted. */
  static final String RELEASED_FILE = "released";

  private static final int FORMAT_VERSION = 1;

  /** Upper bound of the file, which has a line for each directory. */
  private static final int MAX_FILE_BYTES = 1 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Disk disk;
  private final Path folder;
  private final DirectorySet inUse;

  /** What the file lists. Guarded by this. */
  private final List<DirectorySet> listed;

  /** Directories used together. */
  record DirectorySet(DirectoryLayout layout, List<Path> directories) {}

  private LogDirectories(Disk disk, Path folder, DirectorySet inUse, List<DirectorySet> listed) {
    this.disk = disk;
    this.folder = folder;
    this.inUse = inUse;
    this.listed = new ArrayList<>(listed);
  }

  /**
   * Finds out where a log is, and makes the directories that the options name.
   *
   * @param folder of the engine's home
   */
  static LogDirectories open(Disk disk, Path folder, WalOptions options) throws IOException {
    Path home = folder.toAbsolutePath().normalize();
    DirectorySet alone = new DirectorySet(DirectoryLayout.STRIPE, List.of(home));
    DirectorySet inUse =
        options.directories().isEmpty()
            ? alone
            : new DirectorySet(options.layout(), options.directories());
    for (Path directory : inUse.directories()) {
      disk.createDirectories(directory);
    }
    Path file = home.resolve(FILE);
    List<DirectorySet> listed = new ArrayList<>();
    if (disk.exists(file)) {
      listed.addAll(read(disk, file));
    } else if (holdsSegments(disk, home)) {
      listed.add(alone);
    }
    return new LogDirectories(disk, home, inUse, listed);
  }

  /**
   * Finds out where a log is, without making anything.
   *
   * @param folder of the engine's home
   * @param named directories to read if there is no list of them
   */
  static LogDirectories view(Disk disk, Path folder, DirectoryLayout layout, List<Path> named)
      throws IOException {
    Path home = folder.toAbsolutePath().normalize();
    DirectorySet alone = new DirectorySet(DirectoryLayout.STRIPE, List.of(home));
    Path file = home.resolve(FILE);
    if (disk.exists(file)) {
      List<DirectorySet> listed = read(disk, file);
      return new LogDirectories(disk, home, listed.get(listed.size() - 1), listed);
    }
    if (named.isEmpty()) {
      return new LogDirectories(disk, home, alone, List.of(alone));
    }
    return new LogDirectories(disk, home, new DirectorySet(layout, named), List.of());
  }

  /** Listed directories that are not there, and whose segments no other one has. */
  synchronized List<Path> missing() {
    Set<Path> missing = new LinkedHashSet<>();
    for (DirectorySet set : listed) {
      List<Path> gone = set.directories().stream().filter(this::isMissing).toList();
      if (set.layout() == DirectoryLayout.STRIPE || gone.size() == set.directories().size()) {
        missing.addAll(gone);
      }
    }
    return List.copyOf(missing);
  }

  /** Lists no more what is not there, durably. */
  synchronized void giveUpMissing() throws IOException {
    List<Path> missing = missing();
    List<DirectorySet> left = new ArrayList<>();
    for (DirectorySet set : listed) {
      List<Path> there =
          set.directories().stream().filter(path -> !missing.contains(path)).toList();
      if (!there.isEmpty()) {
        left.add(new DirectorySet(set.layout(), there));
      }
    }
    list(left);
  }

  /** Lists directories, durably; they have their marks. */
  synchronized void list(List<DirectorySet> sets) throws IOException {
    write(sets, sets.equals(List.of(new DirectorySet(DirectoryLayout.STRIPE, List.of(folder)))));
    listed.clear();
    listed.addAll(sets);
  }

  /** Marks a directory as one of the log, durably. */
  void mark(Path directory) throws IOException {
    replace(directory, MARKER, "A directory of the log of " + folder + "\n");
  }

  /** What is written to, or would be. */
  DirectorySet inUse() {
    return inUse;
  }

  private static boolean holdsSegments(Disk disk, Path directory) throws IOException {
    return disk.list(directory).stream()
        .anyMatch(file -> LogFormat.firstSequence(file).isPresent());
  }

  /** True if a directory that is listed is not there, as when its disk is not mounted. */
  boolean isMissing(Path directory) {
    return !directory.equals(folder) && !disk.exists(directory.resolve(MARKER));
  }

  /** All directories that may hold segments, each once. */
  synchronized List<Path> all() {
    Set<Path> all = new LinkedHashSet<>();
    listed.forEach(set -> all.addAll(set.directories()));
    all.addAll(inUse.directories());
    return List.copyOf(all);
  }

  /**
   * True if what is in a directory is no part of the log: it is not listed, while others are. An
   * opening that died before it listed its directories left it there, or the end of their use.
   */
  synchronized boolean isUnlisted(Path directory) {
    return !listed.isEmpty()
        && listed.stream().noneMatch(set -> set.directories().contains(directory));
  }

  /** The sets that must be there: in a stripe each directory, in a mirror one of them. */
  synchronized List<DirectorySet> listed() {
    return List.copyOf(listed);
  }

  /** Folders of each stripe to write to. */
  List<List<Path>> stripesInUse() {
    return inUse.layout() == DirectoryLayout.MIRROR
        ? List.of(inUse.directories())
        : inUse.directories().stream().map(List::of).toList();
  }

  /** The directories that hold the same, if those in use do; else none. */
  List<Path> mirrorInUse() {
    return inUse.layout() == DirectoryLayout.MIRROR ? inUse.directories() : List.of();
  }

  /** True if other directories hold, or held, the same as one. */
  synchronized boolean isMirrored(Path directory) {
    return mirrorInUse().contains(directory)
        || listed.stream()
            .anyMatch(
                set ->
                    set.layout() == DirectoryLayout.MIRROR
                        && set.directories().contains(directory));
  }

  /** The number up to which records of stripes may be gone. */
  long released() throws IOException {
    Path file = folder.resolve(RELEASED_FILE);
    if (!disk.exists(file)) {
      return 0;
    }
    String text = new String(readAll(disk, file), StandardCharsets.UTF_8).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw LogHeader.corrupt(file, 0, "no number", "a number of records", text);
    }
  }

  /** Notes, durably, that records of stripes up to a number are about to go. */
  @Override
  public void release(long sequence) throws IOException {
    replace(folder, RELEASED_FILE, sequence + "\n");
  }

  /** The directories in use have segments from now on: marks and lists them, durably. */
  synchronized void use() throws IOException {
    List<DirectorySet> sets = new ArrayList<>(listed);
    sets.removeIf(set -> set.equals(inUse) || inUse.directories().containsAll(set.directories()));
    sets = holdingSegments(sets);
    sets.add(inUse);
    boolean plain = sets.equals(List.of(new DirectorySet(DirectoryLayout.STRIPE, List.of(folder))));
    for (Path directory : inUse.directories()) {
      if (isMissing(directory)) {
        mark(directory);
      }
    }
    if (!sets.equals(listed) || plain != !disk.exists(folder.resolve(FILE))) {
      write(sets, plain);
    }
    listed.clear();
    listed.addAll(sets);
  }

  /** Sets without the directories that hold nothing, as one of a mirror that was lost. */
  private List<DirectorySet> holdingSegments(List<DirectorySet> sets) throws IOException {
    List<DirectorySet> holding = new ArrayList<>();
    for (DirectorySet set : sets) {
      List<Path> directories = new ArrayList<>();
      for (Path directory : set.directories()) {
        if (inUse.directories().contains(directory) || holdsSegments(disk, directory)) {
          directories.add(directory);
        }
      }
      if (!directories.isEmpty()) {
        holding.add(new DirectorySet(set.layout(), directories));
      }
    }
    return holding;
  }

  /** A directory that is not in use is about to lose its last segment: it is listed no more. */
  @Override
  public synchronized void beforeLastDeletion(Path directory) throws IOException {
    if (inUse.directories().contains(directory)) {
      return;
    }
    List<DirectorySet> left = new ArrayList<>();
    for (DirectorySet set : listed) {
      List<Path> others =
          set.directories().stream().filter(other -> !other.equals(directory)).toList();
      if (!others.isEmpty()) {
        left.add(new DirectorySet(set.layout(), others));
      }
    }
    if (!left.equals(listed)) {
      write(left, left.equals(List.of(new DirectorySet(DirectoryLayout.STRIPE, List.of(folder)))));
      listed.clear();
      listed.addAll(left);
    }
  }

  private void write(List<DirectorySet> sets, boolean plain) throws IOException {
    Path file = folder.resolve(FILE);
    if (plain) {
      if (disk.delete(file)) {
        disk.syncDirectory(folder);
      }
      return;
    }
    ObjectNode json = JSON.createObjectNode();
    json.put("format-version", FORMAT_VERSION);
    ArrayNode array = json.putArray("sets");
    for (DirectorySet set : sets) {
      ObjectNode entry = array.addObject();
      entry.put("layout", set.layout().name().toLowerCase(Locale.ROOT));
      ArrayNode directories = entry.putArray("directories");
      set.directories().forEach(directory -> directories.add(directory.toString()));
    }
    replace(folder, FILE, json.toPrettyString() + "\n");
  }

  private void replace(Path directory, String name, String text) throws IOException {
    Path temporary = directory.resolve(name + LogFormat.TEMPORARY_SUFFIX);
    disk.delete(temporary);
    try (Disk.Output out = disk.create(temporary)) {
      out.write(StandardCharsets.UTF_8.encode(text));
      out.sync();
    }
    disk.move(temporary, directory.resolve(name));
    disk.syncDirectory(directory);
  }

  private static byte[] readAll(Disk disk, Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (SeekableByteChannel in = disk.read(file)) {
      ByteBuffer chunk = ByteBuffer.allocate(1 << 13);
      while (in.read(chunk) >= 0 && bytes.size() <= MAX_FILE_BYTES) {
        bytes.write(chunk.array(), 0, chunk.position());
        chunk.clear();
      }
    }
    return bytes.toByteArray();
  }

  private static List<DirectorySet> read(Disk disk, Path file) throws IOException {
    JsonNode json;
    try {
      json = JSON.readTree(readAll(disk, file));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw corrupt(file, e);
    }
    int version = json.path("format-version").asInt(0);
    if (version > FORMAT_VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported list of the log's directories: v"
              + version
              + " (supported: v"
              + FORMAT_VERSION
              + ", file="
              + file
              + ")");
    }
    List<DirectorySet> sets = new ArrayList<>();
    try {
      for (JsonNode entry : json.path("sets")) {
        List<Path> directories = new ArrayList<>();
        entry.path("directories").forEach(path -> directories.add(Path.of(path.asText())));
        sets.add(
            new DirectorySet(
                DirectoryLayout.valueOf(entry.path("layout").asText().toUpperCase(Locale.ROOT)),
                directories));
      }
    } catch (IllegalArgumentException e) {
      throw corrupt(file, e);
    }
    if (sets.isEmpty()) {
      throw corrupt(file, null);
    }
    return sets;
  }

  private static CorruptFileException corrupt(
      Path file, @org.jspecify.annotations.Nullable Throwable cause) {
    return new CorruptFileException(
        "Cannot read the list of the log's directories (file="
            + file
            + ", expected JSON as docs/format/wal.md tells; it may be deleted if the settings name"
            + " all directories)",
        cause);
  }
}
