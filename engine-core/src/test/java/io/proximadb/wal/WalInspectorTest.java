package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.testkit.WalHistory;
import io.proximadb.wal.WalInspection.Damage;
import io.proximadb.wal.WalInspection.Segment;
import io.proximadb.wal.WalInspection.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One kind of damage at a time: what inspect says of it, and what repair leaves. */
class WalInspectorTest {
  @TempDir Path temp;

  private Path home() {
    return temp.resolve("home");
  }

  private List<Long> run(WalOptions options, int units, List<String> notes) {
    List<Long> replayed = new ArrayList<>();
    try (EngineHome home = EngineHome.open(WalFixture.UNSYNCED, home(), "test");
        FileWal wal =
            FileWal.open(
                WalFixture.UNSYNCED,
                home.walFolder(),
                home.engineId(),
                home.incarnation(),
                options,
                record -> replayed.add(record.sequence()))) {
      notes.addAll(wal.recovery().notes());
      for (int i = 0; i < units; i++) {
        wal.awaitDurable(
            wal.append(
                    List.of(
                        WalFixture.upsert(WalFixture.TABLE, "a" + i, i, 1),
                        WalFixture.delete(WalFixture.OTHER_TABLE, "b" + i)))
                + 1);
      }
    }
    return replayed;
  }

  private List<Long> run(WalOptions options, int units) {
    return run(options, units, new ArrayList<>());
  }

  private WalInspection inspect(Path... directories) {
    return WalInspector.inspect(WalFixture.LOCAL, home(), List.of(directories));
  }

  private WalRepairPlan repair(Path... directories) {
    return WalRepair.repair(WalFixture.UNSYNCED, home(), List.of(directories));
  }

  private static List<Long> numbers(long first, long last) {
    List<Long> numbers = new ArrayList<>();
    for (long n = first; n <= last; n++) {
      numbers.add(n);
    }
    return numbers;
  }

  private static void flip(Path file, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 1;
    Files.write(file, bytes);
  }

  private WalOptions directories(DirectoryLayout layout, Path... paths) {
    return WalOptions.builder()
        .preallocateBytes(WalFixture.PREALLOCATED)
        .directories(List.of(paths))
        .layout(layout)
        .build();
  }

  @Test
  void aSoundLogIsToldInFull() throws Exception {
    run(WalFixture.SMALL, 3);
    run(WalFixture.SMALL, 2);
    WalInspection found = inspect();
    assertThat(found.sound()).isTrue();
    assertThat(found.refusal()).isNull();
    assertThat(found.actions()).isEmpty();
    assertThat(found.gaps()).isEmpty();
    assertThat(found.incarnation()).isEqualTo(2);
    assertThat(found.runningBy()).isEmpty();
    assertThat(found.firstSequence()).isEqualTo(1);
    assertThat(found.lastSequence()).isEqualTo(10);
    assertThat(found.durableSequence()).isEqualTo(10);
    assertThat(found.segments()).hasSize(2);
    Segment first = found.segments().get(0);
    assertThat(first.state()).isEqualTo(State.SEALED);
    assertThat(first.format()).isEqualTo(2);
    assertThat(first.incarnation()).isEqualTo(1);
    assertThat(first.firstSequence()).isEqualTo(1);
    assertThat(first.lastSequence()).isEqualTo(6);
    assertThat(first.frames()).isEqualTo(3);
    assertThat(first.records()).isEqualTo(6);
    assertThat(first.codecs().values()).allMatch(codec -> codec.ratio() >= 1);
    assertThat(found.tables()).hasSize(2);
    WalInspection.Table table = found.tables().get(0);
    assertThat(table.uuid()).isEqualTo(WalFixture.TABLE);
    assertThat(table.operations()).containsEntry(WalRecord.Operation.UPDATE, 5L).hasSize(1);
    assertThat(table.lastSequence()).isEqualTo(9);
    // The same by the folder of the log alone.
    assertThat(WalInspector.inspect(WalFixture.LOCAL, home().resolve("wal"), List.of()).engineId())
        .isEqualTo(found.engineId());
  }

  @Test
  void aRunningEngineIsNamedAndItsLogNotRepaired() {
    try (EngineHome home = EngineHome.open(WalFixture.UNSYNCED, home(), "here:1");
        FileWal wal =
            FileWal.open(WalFixture.UNSYNCED, home.walFolder(), home.engineId(), 1, record -> {})) {
      wal.awaitDurable(wal.append(List.of(WalFixture.upsert(WalFixture.TABLE, "a", 1))));
      WalInspection found = inspect();
      assertThat(found.runningBy()).contains("address=here:1");
      assertThat(found.sound()).isTrue();
      assertThat(found.segments().get(0).state()).isEqualTo(State.OPEN);
      assertThatThrownBy(() -> WalRepair.plan(WalFixture.LOCAL, home(), List.of()))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("here:1");
      assertThatThrownBy(this::repair)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("here:1");
    }
    assertThat(inspect().runningBy()).isEmpty();
  }

  @Test
  void damageIsNamedByItsPlaceAndItsNumbers() throws Exception {
    run(WalFixture.SMALL, 4);
    run(WalFixture.SMALL, 2);
    Path file = WalFixture.segments(home().resolve("wal")).get(0);
    LogFrame frame = WalFixture.frames(file).get(1);
    byte[] damagedBytes = Files.readAllBytes(file);
    damagedBytes[(int) frame.payloadOffset() + 3] ^= 4;
    Files.write(file, damagedBytes);
    WalInspection found = inspect();
    assertThat(found.sound()).isFalse();
    assertThat(found.refusal()).contains("offset=" + frame.offset());
    assertThat(found.gaps()).containsExactly(new SequenceRange(3, 4));
    assertThat(found.segments().get(0).state()).isEqualTo(State.INCOMPLETE);
    assertThat(found.segments().get(1).damage()).isEmpty();
    List<Damage> damage = found.segments().get(0).damage();
    assertThat(damage).hasSize(1);
    assertThat(damage.get(0).offset()).isEqualTo(frame.offset());
    assertThat(damage.get(0).bytes()).isEqualTo(frame.endOffset() - frame.offset());
    assertThat(damage.get(0).what()).contains("checksum");
    WalRepairPlan done = repair();
    assertThat(done.givenUp()).containsExactly(new SequenceRange(3, 4));
    assertThat(Files.readAllBytes(file.resolveSibling(file.getFileName() + ".damaged")))
        .isEqualTo(damagedBytes);
    assertThat(inspect().givenUp()).containsExactly(new SequenceRange(3, 4));
    List<Long> expected = numbers(1, 12);
    expected.removeAll(numbers(3, 4));
    List<String> notes = new ArrayList<>();
    assertThat(run(WalFixture.SMALL, 0, notes)).isEqualTo(expected);
    assertThat(notes).anyMatch(note -> note.contains("3 to 4 were given up"));
  }

  @Test
  void aTornTailIsNoDamage() throws Exception {
    run(WalFixture.SMALL, 3);
    Path file = WalFixture.segments(home().resolve("wal")).get(0);
    LogFrame last = WalFixture.frames(file).get(2);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) last.endOffset() - 1));
    WalInspection found = inspect();
    assertThat(found.sound()).isTrue();
    assertThat(found.segments().get(0).tornTail()).isTrue();
    assertThat(found.segments().get(0).damage()).hasSize(1);
    assertThat(found.actions()).anyMatch(action -> action.contains("cut"));
    assertThat(repair().isNeeded()).isFalse();
  }

  @Test
  void aSegmentWithoutItsHeaderIsGivenUp() throws Exception {
    run(WalFixture.SMALL, 3);
    run(WalFixture.SMALL, 3);
    Path file = WalFixture.segments(home().resolve("wal")).get(1);
    flip(file, 20);
    WalInspection found = inspect();
    assertThat(found.gaps()).containsExactly(new SequenceRange(7, 12));
    assertThat(found.notes()).anyMatch(note -> note.contains("salt"));
    assertThat(found.segments().get(1).state()).isEqualTo(State.UNREADABLE);
    repair();
    assertThat(run(WalFixture.SMALL, 1)).isEqualTo(numbers(1, 6));
    // The numbers are not given out again.
    assertThat(run(WalFixture.SMALL, 0).subList(6, 8)).isEqualTo(numbers(13, 14));
  }

  @Test
  void theOnlyHeaderIsGone() throws Exception {
    run(WalFixture.SMALL, 3);
    flip(WalFixture.segments(home().resolve("wal")).get(0), 20);
    assertThat(inspect().gaps()).containsExactly(new SequenceRange(1, 6));
    repair();
    assertThat(run(WalFixture.SMALL, 1)).isEmpty();
    assertThat(run(WalFixture.SMALL, 0)).isEqualTo(numbers(7, 8));
  }

  @Test
  void aMissingDirectoryIsGivenUp() throws Exception {
    Path one = temp.resolve("one");
    Path two = temp.resolve("two");
    WalOptions both = directories(DirectoryLayout.STRIPE, one, two);
    run(both, 20);
    List<Long> left = new ArrayList<>();
    for (LogFrame frame : WalFixture.frames(WalFixture.segments(one).get(0))) {
      if (!frame.footer()) {
        left.addAll(numbers(frame.firstSequence(), frame.lastSequence()));
      }
    }
    Files.move(two, temp.resolve("unplugged"));
    WalInspection found = inspect();
    assertThat(found.sound()).isFalse();
    assertThat(found.directories()).anyMatch(directory -> directory.missing());
    WalRepairPlan done = repair();
    assertThat(done.steps()).anyMatch(step -> step.contains(two.toString()));
    assertThat(inspect().sound()).isTrue();
    assertThat(run(directories(DirectoryLayout.STRIPE, one), 0)).isEqualTo(left);
  }

  @Test
  void directoriesWhoseListIsLostAreNamed() throws Exception {
    Path one = temp.resolve("one");
    Path two = temp.resolve("two");
    WalOptions both = directories(DirectoryLayout.STRIPE, one, two);
    run(both, 20);
    Files.delete(home().resolve("wal").resolve(LogDirectories.FILE));
    assertThat(inspect(one, two).sound()).isTrue();
    assertThat(WalInspector.inspect(WalFixture.LOCAL, null, List.of(one, two)).lastSequence())
        .isEqualTo(40);
    WalInspection half = inspect(one);
    assertThat(half.refusal()).contains("1 of its 2 directories are not known");
    repair(one);
    assertThat(inspect().sound()).isTrue();
    run(directories(DirectoryLayout.STRIPE, one), 0);
  }

  @Test
  void aMirrorIsDamagedAndWholeUntilBothCopiesAre() throws Exception {
    Path one = temp.resolve("one");
    Path two = temp.resolve("two");
    WalOptions both = directories(DirectoryLayout.MIRROR, one, two);
    run(both, 5);
    Path first = WalFixture.segments(one).get(0);
    Path second = WalFixture.segments(two).get(0);
    List<LogFrame> frames = WalFixture.frames(first);
    flip(first, frames.get(1).payloadOffset());
    WalInspection found = inspect();
    assertThat(found.refusal()).isNull();
    assertThat(found.sound()).isFalse();
    assertThat(found.segments()).hasSize(1);
    assertThat(found.segments().get(0).files()).containsExactly(first, second);
    assertThat(found.segments().get(0).damage()).extracting(Damage::file).containsExactly(first);
    assertThat(found.actions()).anyMatch(action -> action.contains(first.toString()));
    assertThat(repair().isNeeded()).isFalse();
    flip(second, frames.get(1).payloadOffset());
    flip(second, frames.get(3).payloadOffset());
    assertThat(inspect().gaps()).containsExactly(new SequenceRange(3, 4));
    repair();
    List<Long> expected = numbers(1, 10);
    expected.removeAll(numbers(3, 4));
    assertThat(run(both, 0)).isEqualTo(expected);
    assertThat(inspect().sound()).isTrue();
  }

  @Test
  void whatIsNoDamageOfTheLogIsNotRepaired() throws Exception {
    assertThatThrownBy(this::inspect)
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("does not exist");
    run(WalFixture.SMALL, 1);
    flip(home().resolve(EngineHome.IDENTITY_FILE), 40);
    assertThat(inspect().refusal()).contains("engine identity");
    assertThatThrownBy(this::repair)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("engine identity");
  }

  @Test
  void aDamagedSegmentOfFormat1IsKeptInFormat2() throws Exception {
    Path folder =
        WalFixture.copy(Path.of("src/test/resources/io/proximadb/wal/v1"), temp.resolve("wal"));
    Path file = WalFixture.segments(folder).get(0);
    LogFrame frame = WalFixture.frames(file).get(1);
    List<String> expected = new ArrayList<>();
    WalInspector.records(
        WalFixture.LOCAL,
        folder,
        List.of(),
        1,
        Long.MAX_VALUE,
        record -> {
          if (record.sequence() < frame.firstSequence()
              || record.sequence() > frame.lastSequence()) {
            expected.add(WalHistory.describe(record));
          }
        });
    flip(file, frame.payloadOffset());
    WalInspection found = WalInspector.inspect(WalFixture.LOCAL, folder, List.of());
    SequenceRange gone = new SequenceRange(frame.firstSequence(), frame.lastSequence());
    assertThat(found.gaps()).containsExactly(gone);
    assertThat(found.segments().get(0).format()).isEqualTo(1);
    WalRepair.repair(WalFixture.UNSYNCED, folder, List.of());
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.UNSYNCED, folder, 3, WalOptions.DEFAULT)) {
      assertThat(log.records().stream().map(WalHistory::describe).toList()).isEqualTo(expected);
    }
  }
}
