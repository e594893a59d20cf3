package io.proximadb.crashtest;

/** The crash test found something wrong; the message says what, where, and how to see it again. */
public final class CrashTestFailure extends RuntimeException {
  CrashTestFailure(String message) {
    super(message);
  }
}
