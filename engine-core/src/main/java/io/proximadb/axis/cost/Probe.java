package io.proximadb.axis.cost;

/**
 * What a strategy did on a sample of the rows, on this machine.
 *
 * @param rows of the sample
 * @param micros of a search, processor time
 * @param buildMicros of the index, processor time; 0 without one
 * @param bytes of the index in memory; 0 without one
 * @param answered the share of the searches that the index knew a way for, in [0, 1]; 1 without one
 * @param recall of the answers, in [0, 1]
 */
public record Probe(
    int rows, double micros, double buildMicros, long bytes, double answered, double recall) {}
