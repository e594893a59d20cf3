package io.proximadb.cli;

import io.proximadb.error.ProximaException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Shows what went wrong as one line. A {@link CliException} or {@link ProximaException} is all the
 * user needs to know; anything else is a fault of ours, so its stack trace follows.
 */
final class FriendlyErrors implements IExecutionExceptionHandler {
  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    command.getErr().println(command.getColorScheme().errorText("error: " + message));
    if (!(e instanceof CliException || e instanceof ProximaException)) {
      e.printStackTrace(command.getErr());
    }
    return command.getCommandSpec().exitCodeOnExecutionException();
  }
}
