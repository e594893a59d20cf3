package io.proximadb.storage;

import java.io.Serializable;
import org.apache.iceberg.DataFile;

/**
 * A finished data file that is not yet part of the table. Ships from task to committer.
 *
 * @param dataFile what the commit will add; its location is the final one
 * @param stagedLocation where the bytes are now; equal to the final location on stores that cannot
 *     move
 * @param idIndexLocation the id index beside it, already in place
 */
public record StagedSegment(DataFile dataFile, String stagedLocation, String idIndexLocation)
    implements Serializable {}
