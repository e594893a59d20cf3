package io.proximadb.vector.quantize;

/**
 * How far a target can be from its estimate.
 *
 * @param below the target is at least the estimate less this; 0 or more
 * @param above the target is at most the estimate and this; 0 or more
 */
public record EstimateBounds(double below, double above) {}
