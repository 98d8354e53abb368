package dev.mvm.cli.command;

import picocli.CommandLine.Option;

/// The choice between output for people and output for programs.
final class Format {
    @Option(names = "--json", description = "Print one JSON document and nothing else.")
    boolean json;
}
