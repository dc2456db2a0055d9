# Pages of the log, of packages and of diagnostics.
