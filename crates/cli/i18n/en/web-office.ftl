# Pages of the office.
