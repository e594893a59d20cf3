package io.proximadb.vector.cluster;

import io.proximadb.vector.VectorKernels;

/**
 * Centroids in blocks as {@link VectorKernels#squaredL2Blocks} reads them: those of each group,
 * each group from a block of its own, and the groups' centres. Immutable.
 */
final class CentroidBlocks {
  private static final int ROWS = VectorKernels.BLOCK_ROWS;

  private final int dimension;
  private final int[] firstBlocks;
  private final float[] members;
  private final float[] centres;

  CentroidBlocks(int dimension, float[] values, int[] groupStarts, float[] groupCentres) {
    this.dimension = dimension;
    int groups = groupStarts.length - 1;
    this.firstBlocks = new int[groups + 1];
    for (int group = 0; group < groups; group++) {
      firstBlocks[group + 1] =
          firstBlocks[group] + blocks(groupStarts[group + 1] - groupStarts[group]);
    }
    this.members = new float[Math.multiplyExact(firstBlocks[groups] * ROWS, dimension)];
    for (int group = 0; group < groups; group++) {
      int count = groupStarts[group + 1] - groupStarts[group];
      fill(values, groupStarts[group], count, members, firstBlocks[group]);
    }
    this.centres = new float[Math.multiplyExact(blocks(groups) * ROWS, dimension)];
    fill(groupCentres, 0, groups, centres, 0);
  }

  private static int blocks(int rows) {
    return (rows + ROWS - 1) / ROWS;
  }

  private void fill(float[] rows, int firstRow, int count, float[] target, int firstBlock) {
    for (int row = 0; row < count; row++) {
      int at = (firstBlock + row / ROWS) * ROWS * dimension + row % ROWS;
      for (int i = 0; i < dimension; i++) {
        target[at + i * ROWS] = rows[(firstRow + row) * dimension + i];
      }
    }
  }

  /** Scores that the largest group, or all centres, need room for. */
  int maxScores() {
    int most = centres.length / dimension;
    for (int group = 0; group + 1 < firstBlocks.length; group++) {
      most = Math.max(most, (firstBlocks[group + 1] - firstBlocks[group]) * ROWS);
    }
    return most;
  }

  /** Squared distances to the groups' centres; those after the last are of no meaning. */
  void toCentres(VectorKernels kernels, float[] row, float[] scores) {
    kernels.squaredL2Blocks(row, centres, 0, centres.length / dimension / ROWS, scores);
  }

  /** Squared distances to a group's members; those after the last are of no meaning. */
  void toMembers(VectorKernels kernels, float[] row, int group, float[] scores) {
    kernels.squaredL2Blocks(
        row,
        members,
        firstBlocks[group] * ROWS * dimension,
        firstBlocks[group + 1] - firstBlocks[group],
        scores);
  }
}
