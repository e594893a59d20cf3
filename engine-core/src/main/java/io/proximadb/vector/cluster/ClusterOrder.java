package io.proximadb.vector.cluster;

import io.proximadb.model.Metric;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbers clusters so that near ones tend to be neighbours: a search that reads some of them from a
 * file in this order then reads longer runs. Each follows the nearest one before it.
 */
final class ClusterOrder {
  private ClusterOrder() {}

  /** Centroids in one group. */
  static Centroids flat(Metric metric, float[][] centroids) {
    return joined(metric, centroids[0].length, new float[][][] {centroids});
  }

  /** Groups as they are. */
  static Centroids joined(Metric metric, int dimension, float[][][] groups) {
    int[] starts = new int[groups.length + 1];
    for (int i = 0; i < groups.length; i++) {
      starts[i + 1] = starts[i] + groups[i].length;
    }
    float[] values = new float[starts[groups.length] * dimension];
    int at = 0;
    for (float[][] group : groups) {
      for (float[] centroid : group) {
        System.arraycopy(centroid, 0, values, at, dimension);
        at += dimension;
      }
    }
    return Centroids.of(metric, dimension, values, starts);
  }

  /** Groups, and the centroids in each, as chains. */
  static float[][][] ordered(float[][][] groups) {
    float[][] centres = new float[groups.length][];
    for (int i = 0; i < groups.length; i++) {
      centres[i] = centre(groups[i]);
    }
    float[][][] ordered = new float[groups.length][][];
    float[] last = centres[0];
    int at = 0;
    for (int group : chain(centres, centres[0])) {
      float[][] members = groups[group];
      float[][] chained = new float[members.length][];
      int i = 0;
      for (int member : chain(members, last)) {
        chained[i++] = members[member];
      }
      ordered[at++] = chained;
      last = chained[chained.length - 1];
    }
    return ordered;
  }

  private static float[] centre(float[][] members) {
    float[] centre = new float[members[0].length];
    for (float[] member : members) {
      for (int i = 0; i < centre.length; i++) {
        centre[i] += member[i] / members.length;
      }
    }
    return centre;
  }

  private static List<Integer> chain(float[][] points, float[] start) {
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      left.add(i);
    }
    List<Integer> chain = new ArrayList<>();
    float[] last = start;
    while (!left.isEmpty()) {
      int nearest = 0;
      double nearestDistance = Double.POSITIVE_INFINITY;
      for (int i = 0; i < left.size(); i++) {
        double distance = squaredDistance(last, points[left.get(i)]);
        if (distance < nearestDistance) {
          nearestDistance = distance;
          nearest = i;
        }
      }
      int point = left.remove(nearest);
      chain.add(point);
      last = points[point];
    }
    return chain;
  }

  private static double squaredDistance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return sum;
  }
}
