package io.proximadb.bench.ann;

import io.proximadb.bench.FashionMnist;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Real vectors made of the images of Fashion-MNIST: descriptors of patches as by SIFT (Lowe, 2004),
 * which is what the sets of a million and a billion vectors of the field are, and whole images of a
 * quarter of the size.
 */
final class Descriptors {
  /** Cells of a patch along each side, and directions of each. */
  private static final int CELLS = 4;

  private static final int DIRECTIONS = 8;
  static final int DIMENSION = CELLS * CELLS * DIRECTIONS;

  private static final int SIDE = 28;
  private static final int PATCH = 16;

  /** Patches begin at every third pixel: 25 of an image. */
  private static final int STEP = 3;

  private static final int STARTS = (SIDE - PATCH) / STEP + 1;
  static final int PER_IMAGE = STARTS * STARTS;

  /** As SIFT cuts them off: one strong edge is not to be all of a descriptor. */
  private static final double MOST = 0.2;

  private static final double SCALE = 512;
  static final int POOLED = SIDE / 2 * (SIDE / 2);

  private Descriptors() {}

  /** Descriptors of all patches of some images, image by image; those of plain patches left out. */
  static float[] of(List<Path> folders, int fromImage, int images, int maxRows) throws IOException {
    float[] pixels = FashionMnist.read(folders);
    float[] rows = new float[Math.min(maxRows, images * PER_IMAGE) * DIMENSION];
    int count = 0;
    for (int image = fromImage; image < fromImage + images; image++) {
      for (int start = 0; start < PER_IMAGE && count < maxRows; start++) {
        int x = start % STARTS * STEP;
        int y = start / STARTS * STEP;
        count += describe(pixels, image, x, y, rows, count * DIMENSION) ? 1 : 0;
      }
    }
    return Arrays.copyOf(rows, count * DIMENSION);
  }

  private static float pixel(float[] pixels, int image, int x, int y) {
    int within = Math.max(0, Math.min(SIDE - 1, y)) * SIDE + Math.max(0, Math.min(SIDE - 1, x));
    return pixels[image * FashionMnist.DIMENSION + within];
  }

  private static boolean describe(
      float[] pixels, int image, int fromX, int fromY, float[] rows, int at) {
    double[] bins = new double[DIMENSION];
    for (int y = 0; y < PATCH; y++) {
      for (int x = 0; x < PATCH; x++) {
        int px = fromX + x;
        int py = fromY + y;
        double dx = pixel(pixels, image, px + 1, py) - pixel(pixels, image, px - 1, py);
        double dy = pixel(pixels, image, px, py + 1) - pixel(pixels, image, px, py - 1);
        double turn = (Math.atan2(dy, dx) / (2 * Math.PI) + 1) * DIRECTIONS;
        int direction = (int) turn;
        double next = turn - direction;
        int cell = (y * CELLS / PATCH * CELLS + x * CELLS / PATCH) * DIRECTIONS;
        double length = Math.hypot(dx, dy);
        bins[cell + direction % DIRECTIONS] += length * (1 - next);
        bins[cell + (direction + 1) % DIRECTIONS] += length * next;
      }
    }
    double norm = norm(bins);
    if (norm == 0) {
      return false;
    }
    for (int i = 0; i < DIMENSION; i++) {
      bins[i] = Math.min(MOST, bins[i] / norm);
    }
    norm = norm(bins);
    for (int i = 0; i < DIMENSION; i++) {
      rows[at + i] = (float) Math.rint(SCALE * bins[i] / norm);
    }
    return true;
  }

  private static double norm(double[] bins) {
    return Math.sqrt(Arrays.stream(bins).map(bin -> bin * bin).sum());
  }

  /** Images of half the width and height. */
  static float[] pooled(float[] images) {
    int count = images.length / FashionMnist.DIMENSION;
    float[] pooled = new float[count * POOLED];
    for (int image = 0; image < count; image++) {
      for (int i = 0; i < POOLED; i++) {
        int x = i % (SIDE / 2) * 2;
        int y = i / (SIDE / 2) * 2;
        pooled[image * POOLED + i] =
            (pixel(images, image, x, y)
                    + pixel(images, image, x + 1, y)
                    + pixel(images, image, x, y + 1)
                    + pixel(images, image, x + 1, y + 1))
                / 4;
      }
    }
    return pooled;
  }
}
