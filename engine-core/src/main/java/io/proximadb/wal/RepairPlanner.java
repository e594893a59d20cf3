package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which segments to write anew, so that a recovery accepts a log without losing any sound
 * record. Used once.
 *
 * <p>Numbers that are gone are given up in a segment that is written anyway, or in one of their own
 * behind a whole segment, or else in the segment that their neighbours are in. In each stripe
 * numbers go up, so the segment is the last one of a stripe that does not begin behind them.
 */
final class RepairPlanner {
  private final LogSurvey survey;

  /** The segments of each stripe in order. */
  private final List<List<SegmentRewrite>> stripes = new ArrayList<>();

  /**
   * What to do.
   *
   * @param rewrites in the order in which they are safe: after each, what is still to be done is
   *     missed by a recovery
   * @param setAside damaged files that a copy is kept of
   * @param deleted of those, the ones in whose place no segment is written
   */
  record Work(List<SegmentRewrite> rewrites, Set<Path> setAside, List<Path> deleted) {}

  RepairPlanner(LogSurvey survey) {
    this.survey = survey;
    for (List<SegmentSurvey> stripe : survey.stripes()) {
      List<SegmentRewrite> list = new ArrayList<>();
      stripe.forEach(segment -> list.add(new SegmentRewrite(segment)));
      stripes.add(list);
      for (int i = 0; i < list.size(); i++) {
        if (!stripe.get(i).isAccepted()) {
          list.get(i).want();
        }
      }
    }
  }

  Work plan() throws IOException {
    for (SequenceRange gap : survey.gaps()) {
      place(gap);
    }
    if (stripes.isEmpty()) {
      long next = survey.last() + 1;
      for (Path file : survey.damagedHeaders()) {
        next = Math.max(next, LogFormat.firstSequence(file).orElseThrow());
      }
      alone(next);
    }
    endOlderSegments();
    List<SegmentRewrite> rewrites = new ArrayList<>();
    Set<Path> setAside = new LinkedHashSet<>(survey.damagedHeaders());
    Set<Path> written = new LinkedHashSet<>();
    for (List<SegmentRewrite> stripe : stripes) {
      for (SegmentRewrite segment : stripe) {
        if (segment.isWanted()) {
          rewrites.add(segment);
          written.addAll(segment.files());
          if (segment.isDamaged()) {
            setAside.addAll(segment.files());
          }
        }
      }
    }
    // A lost frame says that all before it were durable: until it is all done, recovery refuses.
    rewrites.sort(Comparator.comparingLong(SegmentRewrite::highestLost).reversed());
    List<Path> deleted = new ArrayList<>(survey.damagedHeaders());
    deleted.removeAll(written);
    return new Work(rewrites, setAside, deleted);
  }

  /** What is the newest of its stripe no more must have a footer. */
  private void endOlderSegments() {
    long newest =
        stripes.stream()
            .flatMap(List::stream)
            .mapToLong(SegmentRewrite::incarnation)
            .max()
            .orElse(0);
    for (List<SegmentRewrite> stripe : stripes) {
      for (int i = 0; i < stripe.size(); i++) {
        SegmentRewrite segment = stripe.get(i);
        boolean last = i == stripe.size() - 1 && segment.incarnation() == newest;
        if (!segment.isAccepted(last)) {
          segment.want();
        }
      }
    }
  }

  private void place(SequenceRange gap) {
    List<SegmentRewrite> stripe = null;
    int index = -1;
    for (List<SegmentRewrite> candidate : stripes) {
      int at = lastBeginningBy(candidate, gap.first());
      if (at >= 0 && (stripe == null || isBetter(candidate.get(at), stripe.get(index)))) {
        stripe = candidate;
        index = at;
      }
    }
    if (stripe == null) {
      placeInFront(gap);
      return;
    }
    SegmentRewrite host = stripe.get(index);
    SegmentRewrite next = index + 1 < stripe.size() ? stripe.get(index + 1) : null;
    SequenceRange here = upTo(gap, next);
    if (!host.isWanted()
        && host.endsWell()
        && host.lastSequence() < here.first()
        && isFree(host.folders(), here.first())) {
      SegmentRewrite added =
          new SegmentRewrite(
              host.owner(), host.stripe(), host.stripes(), here.first(), host.folders());
      stripe.add(index + 1, added);
      host = added;
    }
    host.giveUp(here);
    if (here.last() < gap.last()) {
      place(new SequenceRange(here.last() + 1, gap.last()));
    }
  }

  private static int lastBeginningBy(List<SegmentRewrite> stripe, long sequence) {
    int found = -1;
    for (int i = 0; i < stripe.size(); i++) {
      if (stripe.get(i).firstSequence() <= sequence) {
        found = i;
      }
    }
    return found;
  }

  /** The one that was written later, as its folder has no newer segment in front of the gap. */
  private static boolean isBetter(SegmentRewrite one, SegmentRewrite other) {
    if (one.incarnation() != other.incarnation()) {
      return one.incarnation() > other.incarnation();
    }
    return one.isWanted() && !other.isWanted();
  }

  /**
   * Without stripes, a segment has all numbers from its first one on, also if the older ones go.
   */
  private static SequenceRange upTo(SequenceRange gap, @Nullable SegmentRewrite next) {
    return next != null && next.stripes() == 1 && next.firstSequence() <= gap.last()
        ? new SequenceRange(gap.first(), next.firstSequence() - 1)
        : gap;
  }

  private boolean isFree(List<Path> folders, long firstSequence) {
    for (Path folder : folders) {
      Path file = LogFormat.segment(folder, firstSequence);
      boolean taken =
          stripes.stream()
              .flatMap(List::stream)
              .anyMatch(segment -> segment.files().contains(file));
      if (taken || survey.damagedCopies().contains(file)) {
        return false;
      }
    }
    return true;
  }

  /** The gap is in front of all segments whose header is sound. */
  private void placeInFront(SequenceRange gap) {
    List<SegmentRewrite> stripe =
        stripes.stream()
            .min(
                Comparator.comparingLong((List<SegmentRewrite> list) -> list.get(0).incarnation())
                    .thenComparingLong(list -> list.get(0).firstSequence()))
            .orElse(null);
    if (stripe == null) {
      alone(gap.first()).giveUp(gap);
      return;
    }
    SegmentRewrite oldest = stripe.get(0);
    SequenceRange here = upTo(gap, oldest);
    SegmentRewrite added =
        new SegmentRewrite(
            oldest.owner(), oldest.stripe(), oldest.stripes(), here.first(), oldest.folders());
    added.giveUp(here);
    stripe.add(0, added);
    if (here.last() < gap.last()) {
      place(new SequenceRange(here.last() + 1, gap.last()));
    }
  }

  /** The only segment of a log that has no sound header. */
  private SegmentRewrite alone(long firstSequence) {
    EngineIdentity identity = survey.identity();
    if (identity == null || survey.damagedHeaders().isEmpty()) {
      throw new CorruptFileException(
          "Cannot repair the log: no segment of it has a sound header (folder="
              + survey.location().folder()
              + "); nothing of it can be saved");
    }
    SegmentRewrite segment =
        new SegmentRewrite(
            new LogOwner(identity.engineId(), identity.incarnation(), 0),
            0,
            1,
            firstSequence,
            List.of(LogFormat.folder(survey.damagedHeaders().get(0))));
    stripes.add(new ArrayList<>(List.of(segment)));
    return segment;
  }
}
