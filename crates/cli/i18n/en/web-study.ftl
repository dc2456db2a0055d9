# Pages of a study.
