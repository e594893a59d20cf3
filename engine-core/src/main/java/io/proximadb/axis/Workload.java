package io.proximadb.axis;

import io.proximadb.axis.AxisIndexManager.Measured;
import io.proximadb.model.Goals;
import java.util.List;
import java.util.Locale;

/**
 * What the searches of a field ask for, mostly.
 *
 * @param k hits
 * @param recall above 0, at most 1
 * @param passing share of the rows that filters let pass
 * @param searchesPerSecond of all classes of the field
 * @param writesPerSecond of the collection
 */
record Workload(
    int k, double recall, double passing, double searchesPerSecond, double writesPerSecond) {
  /** What is taken for granted before anybody searches. */
  private static final int USUAL_K = 10;

  private static final double USUAL_RECALL = 0.95;

  /** Rates below say nothing: a collection that is not searched now will be, some day. */
  private static final double LEAST_SEARCHES = 1;

  private static final int LARGE_K = 100;

  /** Of a field, by its classes of searches: those of the class that takes the most time count. */
  static Workload of(String field, List<Measured> classes, double writesPerSecond, Goals goals) {
    Measured heaviest = null;
    double most = 0;
    double perSecond = 0;
    for (Measured one : classes) {
      if (!one.key().field().equals(field)) {
        continue;
      }
      ClassMonitor.Lately lately = one.lately();
      perSecond += lately.searches() == 0 ? 0 : lately.searches() / lately.seconds();
      // Of searches that were asked together the time of a call.
      double time = lately.nanos().getTotalCount() * lately.nanos().getMean();
      if (lately.searches() > 0 && time > most) {
        most = time;
        heaviest = one;
      }
    }
    double asked = goals.recall().orElse(USUAL_RECALL);
    if (heaviest == null) {
      return new Workload(USUAL_K, asked, 1, perSecond, writesPerSecond);
    }
    int perMille = heaviest.key().wantedPerMille();
    return new Workload(
        Math.min(LARGE_K, heaviest.key().answers()),
        perMille == QueryClass.BY_HAND ? asked : perMille / 1e3,
        heaviest.key().rows().share(),
        perSecond,
        writesPerSecond);
  }

  double writesPerSearch() {
    return writesPerSecond / Math.max(LEAST_SEARCHES, searchesPerSecond);
  }

  String words() {
    return String.format(
        Locale.ROOT,
        "%.1f searches a second, mostly for %d hits at a recall of %.3f among %s of the rows;"
            + " %.1f records written a second",
        searchesPerSecond,
        k,
        recall,
        passing == 1 ? "all" : String.format(Locale.ROOT, "about %.2g %%", 100 * passing),
        writesPerSecond);
  }
}
