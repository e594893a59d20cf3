package io.proximadb.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The built project on disk, from which commands take sample data and the class paths of the JVMs
 * that they start.
 *
 * @param root the folder that the launcher stands in
 */
public record Installation(Path root) {
  /** System property by which the launcher says where it stands. */
  static final String HOME_PROPERTY = "proximadb.home";

  /** The installation that the launcher started this JVM from, or that of the working folder. */
  public static Installation find() {
    String home = System.getProperty(HOME_PROPERTY, ".");
    return new Installation(Path.of(home).toAbsolutePath().normalize());
  }

  /** The folder of the sample data. */
  public Path sampleData() {
    return root.resolve("quickstart").resolve("data");
  }

  /**
   * The class path of a module: its classes and what Maven noted down for it.
   *
   * @param module its folder, for instance {@code quickstart/spark}
   * @throws CliException if the module is not built
   */
  public String classPath(String module) {
    Path target = root.resolve(module).resolve("target");
    Path noted = target.resolve("classpath.txt");
    try {
      return target.resolve("classes")
          + System.getProperty("path.separator")
          + Files.readString(noted);
    } catch (IOException e) {
      throw new CliException(
          "Cannot start module "
              + module
              + ": it is not built (missing "
              + noted
              + "; run mvn -DskipTests package)",
          e);
    }
  }
}
