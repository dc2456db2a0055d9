# Words inside other sentences: what SQL has no word for (KEY turns a variable into a selector).
word-construct = { KEY($construct) ->
    [ambiguous-column] a column of several tables
    [column-of-a-query-further-out] a column of a query two or more levels further out
    [expression] an expression that is not an aggregate function
    [extension] an extension
    [mark-join] a join made from a subquery
    [max-of-a-text] max of a text
    [min-of-a-text] min of a text
    [Placeholder] a placeholder such as $1
    [ScalarVariable] a variable such as @x
    [SetComparison] a comparison with ANY or ALL
    [SimilarTo] SIMILAR TO
    [Unnest] UNNEST
    [GroupingSet] GROUPING SETS
    [scan] a table read with conditions
    [statement] this statement
    [subquery] a subquery
   *[other] { $construct }
}

err-engine-file-exists = { $path } already exists and is not overwritten.
fix-engine-file-exists = Name another file, or remove the old one if it is no longer needed.
err-engine-file-changed = { $path } is not the file that was written: it is missing, or was changed, replaced or cut.
fix-engine-file-changed = Stop working with this study and tell the information-system security manager. "renketsu study verify" shows what else is wrong; restore the files from the last verified backup.
err-engine-file-io = { $path } cannot be read or written.
fix-engine-file-io = Check the permissions and the free space on the disk, then run the command again. Nothing half-written is left.

err-engine-import-broken = A bug in the program stopped the import ({ $invariant }).
fix-engine-import-broken = Report it with the code and the version of the program.
err-engine-import-column = Table { $table } has no column { $column }.
fix-engine-import-column = Give the names of the columns as the file has them (--number-id, --kana-id, --kana-unique, --keep).
err-engine-import-flag = Table { $table }, column { $column }, data row { $row } (the header not counted): the value is neither true nor false.
fix-engine-import-flag = Check that the right column is named, or ask the sender for a corrected file. The column must hold true, false, 1, 0 or nothing. Nothing was imported.
err-engine-import-id = Table { $table }, column { $column }, data row { $row } (the header not counted): the value is not a provision ID.
fix-engine-import-id = Check that the right column is named, or ask the sender for a corrected file. An ID is 32 bytes or 64 hexadecimal digits; no value, an empty field, 9 or padding (00…, 99…, ff…) means that there is no ID. Nothing was imported.
err-engine-import-id_column = Table { $table }: the data column { $column } holds provision IDs or raw bytes.
fix-engine-import-id_column = If it is the ID column, name it with --number-id or --kana-id; otherwise ask the supplier for a file without it. Nothing was imported.
err-engine-import-identifying = Table { $table } has columns that may identify persons: { $columns }
fix-engine-import-identifying = Ask the supplier whether the table is anonymized. If a column was judged wrongly, import it with --keep COLUMN (this is recorded).
err-engine-import-kind = Table { $table }, column { $column }: values of this type cannot be provision IDs or their flag.
fix-engine-import-kind = Check that the right column is named. IDs are 32 bytes or text, the flag is a truth value, a number (0 or 1) or text.
err-engine-import-name = Table { $table }: a data column cannot be called { $column }.
fix-engine-import-name = Rename the column, or name it as an ID column. The names person, number_id, kana_id and kana_unique have a meaning of their own, and names that differ only in case count as the same.
err-engine-import-tokens = Table { $table }: the IDs and the columns are not of the same rows.
fix-engine-import-tokens = Use neither, and ask the authority to make both again from one stamp. Nothing was imported.

err-engine-sort-broken = A bug in the program stopped the sorting of rows ({ $invariant }).
fix-engine-sort-broken = Report it with the code and the version of the program. Nothing was changed.
err-engine-sort-changed = A temporary file in { $path } came back as something else than was written.
fix-engine-sort-changed = Check the medium for faults, then run the command again. Nothing was changed.
err-engine-sort-io = A temporary file in { $path } cannot be written or read.
fix-engine-sort-io = Free space (about the size of the table is needed) or give more memory with --memory, then run the command again.

err-engine-link-broken = A bug in the program stopped the link ({ $invariant }).
fix-engine-link-broken = Report it with the code and the version of the program. The previous link is unchanged.
err-engine-link-import = The imported file of table { $table } has changed since the import.
fix-engine-link-import = Somebody changed it, or the disk is faulty. Tell the information-system security manager, then import the table again.
err-engine-link-name = "{ $table }" cannot name a table, or is the name of two.
fix-engine-link-name = Begin with a lower-case letter and use up to 63 lower-case letters, digits and underscores; persons, attached and aliases are taken.
err-engine-link-no_tables = There is no table to link.
fix-engine-link-no_tables = Import at least one table with provision IDs first.
err-engine-link-persons = The study would have more persons than can be numbered (about 4.29 billion).
fix-engine-link-persons = Divide the data into several studies.
err-engine-link-previous = The list of persons of the previous link is damaged.
fix-engine-link-previous = Restore the link from a backup. You can also link from scratch, but then every person gets a new number.

err-engine-guard-aggregate = Refused ({ $clause }): { word-construct } would give out values of single persons, or has not been examined yet.
fix-engine-guard-aggregate = Use count, sum, avg, min and max of numbers or dates, median, stddev, approx_percentile_cont or corr instead.
err-engine-guard-cohort = Refused ({ $clause }): a cohort is the column person and nothing else ({ word-construct }).
fix-engine-guard-cohort = Write the statement as: select person from … where … (joins on person, group by person and having are fine).
err-engine-guard-collation = Refused ({ $clause }): rows about persons are combined on something other than person ({ word-construct }).
fix-engine-guard-collation = Join person-level tables with ON a.person = b.person; further conditions may follow. To compare groups, aggregate each table first and join the aggregates.
err-engine-guard-correlated = Refused ({ $clause }): the subquery uses a value of another person's row ({ word-construct }).
fix-engine-guard-correlated = Add the condition inner.person = outer.person at the top level of the subquery's WHERE clause.
err-engine-guard-expression = Refused ({ $clause }): { word-construct } is not on the list of allowed expressions.
fix-engine-guard-expression = Write it with comparisons, arithmetic, LIKE, IN, BETWEEN or CASE.
err-engine-guard-function = Refused ({ $clause }): the function { $construct } is not on the list of allowed functions.
fix-engine-guard-function = Write it with allowed functions (docs/sql.md lists them); instead of now(), write the date itself.
err-engine-guard-mixed_levels = Refused ({ $clause }): rows about persons are combined with an aggregate of several rows ({ word-construct }).
fix-engine-guard-mixed_levels = Aggregate both sides first, or compare with an aggregate of a single row, such as (SELECT avg(value) FROM t).
err-engine-guard-node = Refused ({ $clause }): { word-construct } is not on the list of allowed parts of a question.
fix-engine-guard-node = Use joins, subqueries, WITH, GROUP BY and UNION instead.
err-engine-guard-order = Refused ({ $clause }): rows about persons are ordered or cut off before they are aggregated ({ $construct }).
fix-engine-guard-order = Leave out ORDER BY and LIMIT: they are for aggregated results only, and row-level answers are cut to the allowed number.
err-engine-guard-person = Refused ({ $clause }): person is used as a value ({ word-construct }).
fix-engine-guard-person = person may be compared with the person of another table, grouped by below a further aggregate, tested with IS NULL, and counted: count(DISTINCT person), if need be with FILTER (WHERE …).
err-engine-guard-person_shown = Refused ({ $clause }): the result would show person ({ $construct }).
fix-engine-guard-person_shown = Leave person out of the result, or aggregate once more: count(DISTINCT person).
err-engine-guard-row_level = Refused ({ $clause }): the result would have rows about single persons ({ $construct }).
fix-engine-guard-row_level = Ask for aggregates: add an aggregate function such as count(*), with GROUP BY where needed.
err-engine-guard-statement = Refused ({ $clause }): { word-construct } is not a question.
fix-engine-guard-statement = Run one SELECT at a time, and nothing else.
err-engine-guard-table = Refused ({ $clause }): { $construct } is not a table of this study.
fix-engine-guard-table = Name a table of the study, or import it first.
err-engine-guard-window = Refused ({ $clause }): window functions ({ $construct }) are not allowed yet.
fix-engine-guard-window = Use GROUP BY, a subquery or a join of aggregates instead.

err-engine-query-internal = A bug in the program stopped the question.
fix-engine-query-internal = Report it with the code, the version of the program and, if it holds nothing about a person, the question.
err-engine-query-memory = The question needs more than the { $limit } bytes of memory it may have.
fix-engine-query-memory = Narrow the question (WHERE before joins, fewer groups), or allow more memory with --memory. Nothing was written to disk.
err-engine-query-output = The answer could not be written.
fix-engine-query-output = Check where the output goes and the free space there, then run the command again.
err-engine-query-runtime = The system gave the program no threads.
fix-engine-query-runtime = Check the limits of the account (memory, processes), then run the command again.
err-engine-query-table = The file of table { $table } could not be read.
fix-engine-query-table = Link the study again. If it happens again, check the disk.
err-engine-query-value = A value in the data does not allow what the question does with it: a text that is not a number or date, a division by zero, or a number that grows too large.
fix-engine-query-value = Use TRY_CAST for texts, NULLIF(x, 0) as a divisor, and a wider type for large sums. The value itself is not shown.

err-engine-sql-ambiguous = The column { $column } occurs in several tables.
fix-engine-sql-ambiguous = Put the table's name or alias before it: t.{ $column }.
err-engine-sql-column = There is no column { $column }.
fix-engine-sql-column = Check the spelling. Names with capital letters need double quotes ("POINTS"); texts need single quotes ('E11'). Column names: renketsu study list --json
err-engine-sql-complex = The question has more than { $max } operators and joins.
fix-engine-sql-complex = Use IN (…) for lists, or put lists into a reference table and join it.
err-engine-sql-function = There is no function { $function }.
fix-engine-sql-function = Check the spelling, or use another function. There are no functions that read files or addresses.
err-engine-sql-invalid = { $reason ->
    [arguments] A function is given arguments it does not take.
    [grouping] A column stands beside aggregates without being grouped or aggregated.
    [types] Types that do not go together are compared or combined.
    [unsupported] The question uses SQL that the engine cannot run, or nests too deeply.
   *[meaning] The question could not be understood.
}
fix-engine-sql-invalid = { $reason ->
    [arguments] Check the number and the types of the arguments. Convert dates and numbers first: CAST(x AS text), or to_char(x, '%Y-%m') for a date.
    [grouping] Add the column to GROUP BY, or put it into an aggregate function.
    [types] Use CAST(x AS type) on one of the two sides.
    [unsupported] Write it with joins, subqueries, WITH and GROUP BY.
   *[meaning] Build the question up step by step, beginning with SELECT count(*) FROM one table.
}
err-engine-sql-large = The statement has more than { $max } tables, where a table of WITH counts wherever it is named, or groups by more than { $max } sets.
fix-engine-sql-large = Ask in several statements, or save a cohort and use it in the next.
err-engine-sql-length = The question has more than { $max } bytes.
fix-engine-sql-length = Put long lists into a reference table and join it.
err-engine-sql-statements = The text has { $count } statements.
fix-engine-sql-statements = Run one SELECT at a time.
err-engine-sql-syntax = { KEY($line) ->
    [0] The question is not valid SQL (the place is not known).
   *[other] The question is not valid SQL at line { $line }, column { $column }.
}
fix-engine-sql-syntax = Check commas, brackets and quotes, and that quotes and semicolons are half-width.
err-engine-sql-table = There is no table { $table } in this study.
fix-engine-sql-table = Check the spelling, and that the table was imported and linked.
err-engine-query-stopped = The question was stopped before it was answered.
fix-engine-query-stopped = Ask it again, or ask for less: fewer rows, a shorter period.
