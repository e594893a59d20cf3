package io.proximadb.axis.cost;

import java.util.List;
import org.hipparchus.stat.regression.OLSMultipleLinearRegression;

/**
 * A linear regression that holds small what few measurements say little about (ridge): each
 * coefficient but the constant costs its square, which is as if one more row had been seen for it.
 */
final class Regression {
  private final double[] coefficients;

  private Regression(double[] coefficients) {
    this.coefficients = coefficients;
  }

  /**
   * Fits one.
   *
   * @param features of each row, as many for all; each about of the size of one
   * @param values of the rows
   * @param penalty of a coefficient's square, above 0
   */
  static Regression fit(List<double[]> features, List<Double> values, double penalty) {
    int width = features.get(0).length + 1;
    double[][] x = new double[features.size() + width][width];
    double[] y = new double[features.size() + width];
    for (int row = 0; row < features.size(); row++) {
      x[row][0] = 1;
      System.arraycopy(features.get(row), 0, x[row], 1, width - 1);
      y[row] = values.get(row);
    }
    for (int i = 0; i < width; i++) {
      // The constant next to nothing, so that the rows decide, and one is defined without any.
      x[features.size() + i][i] = Math.sqrt(i == 0 ? 1e-6 : penalty);
    }
    OLSMultipleLinearRegression regression = new OLSMultipleLinearRegression();
    regression.setNoIntercept(true);
    regression.newSampleData(y, x);
    return new Regression(regression.estimateRegressionParameters());
  }

  double predict(double... features) {
    double value = coefficients[0];
    for (int i = 0; i < features.length; i++) {
      value += coefficients[i + 1] * features[i];
    }
    return value;
  }
}
