package dev.mvm.cli.command;

import picocli.CommandLine.Option;

/// Option that selects output for programs instead of output for people.
final class Format {
    @Option(names = "--json", description = "Print one JSON document and nothing else.")
    boolean json;
}
