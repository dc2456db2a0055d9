# Pages of a study.
web-none = none
web-version = version { $version }
web-print-blocked = This page can't be printed. Make a report instead; it takes a number in the ledger of produced reports.
web-studies-title = Studies
web-studies-none = There is no study yet.
web-studies-caption = Studies of this workspace (none of their data)
web-study = Study
web-study-title = Study { $study }
web-study-state = State
web-study-state-word = { KEY($state) ->
    [preparing] being prepared (not linked)
    [in-use] in use
    [suspended] suspended
    [ended] ended
   *[other] { $state }
}
web-study-provision = Provision
web-study-made = Made
web-study-link = Link
web-study-unlinked = not linked
web-study-rows = Rows of single persons
web-study-rows-cap = allowed, up to { $cap }
web-study-rows-none = not allowed (aggregates only)
web-study-terminals = Terminals
web-study-no-terminals = no terminal is enrolled
web-study-new = Make a study
web-study-new-lead = A study belongs to exactly one provision. It gets a key of its own in the vault; then come a terminal for it, roles in it, and its packages.
web-study-name = Name of the study
web-study-name-hint = Letters, digits, hyphen and underscore, beginning with a letter or digit, at most 63. It can't be changed later.
web-study-provision-hint = As the contract names it: capital letters, digits and hyphens, for example P-2026-0001.
web-study-tables = Tables
web-study-no-tables = No table has been imported yet.
web-study-tables-caption = Tables by what they are
web-study-count = Tables
web-study-terms = What was agreed
web-study-no-terms = No table came from a package with terms.
web-study-delivery = Delivery { $package }
web-study-imported = Imported
web-study-purpose = Purpose of use
web-study-contract = Contract
web-study-period = Period of use
web-study-places = Places of use
web-data-title = Data catalogue
web-data-lead = What the tables and columns are; no value of a row is shown. Labels, units and code lists are those of the data's source.
web-data-tables = List of tables
web-data-kind = Kind
web-data-kind-word = { KEY($kind) ->
    [anonymized] anonymized medical data
    [dpc] DPC
    [kaigo] long-term care
    [ndb] NDB
    [reference] reference table
    [removed] removed persons
   *[other] { $kind }
}
web-data-confirm = Tables about no person, to be confirmed
web-data-confirm-lead = Somebody states that these tables hold no person. Look at what was published, and at the columns above, and confirm it as a second person; then SQL sees them.
web-data-confirm-do = Confirm that it holds no person
web-data-approved = approved
web-data-unapproved = not approved (SQL doesn't see it)
web-data-version = Latest version
web-data-linked = Linked version
web-data-old-link = the latest version can be asked after the next link
web-data-not-linked = not linked (SQL doesn't see it)
web-data-rows = Rows
web-data-columns = Columns of { $table }
web-data-column = Column
web-data-label = Label
web-data-type = Type
web-data-unit = Unit
web-data-codes = Code list
web-data-codes-count = { $count } codes
web-data-missing = Missing share
web-data-missing-unknown = not counted
web-data-more = { $count } more columns are left out.
web-data-codes-of = Code list of { $column }
web-data-code = Code
web-data-meaning = Meaning
web-data-more-codes = { $count } more codes are left out.
web-link-title = Link report, version { $version }
web-link-at = Linked
web-link-persons = Linked persons
web-link-by-number = of them, known by number
web-link-by-kana = of them, known by kana ID alone
web-link-statuses = Rows of each table by status
web-link-statuses-text = For each table a bar with the shares of rows linked by number, attached by kana, of persons known by kana alone, and not linked. The numbers are in the table below.
web-link-statuses-caption = Rows of each table by status, and persons
web-link-sets = Persons by the set of tables they are in
web-link-pairs = Persons that two tables share
web-link-no-sets = There are many tables, so that persons are given by pairs of tables and not by exact sets.
web-link-sets-text = A bar for each set of tables with its number of persons, largest first. The numbers are in the table below.
web-link-sets-caption = Sets of tables and their persons, largest first
web-link-tables = Tables
web-link-nothing-shared = There is no set to show.
web-link-rest = { $count } smaller sets are left out.
web-link-agreement = Agreement of tables
web-link-agreement-caption = Whether several tables say the same of a person (persons)
web-link-agree = Agree
web-link-disagree = Disagree
web-link-several = Several values in one table
web-link-removals = Removed persons
web-link-removals-caption = Rows and persons of the tables of removed persons
web-link-nobody = Rows that name nobody
web-link-first = This is the first version.
web-link-changes = Against the version before
web-link-appended = Persons added
web-link-merged = Persons found to be one
web-link-undone = Rows whose link was undone
web-link-moved = Kana IDs attached to somebody else
web-link-beginning = The tables are being linked.
web-link-linking = The tables are being linked ({ KEY($stage) ->
    [linking] linking
    [reading] reading
    [recording] recording
   *[writing] writing
}, { $rows }{ KEY($of) ->
    [EMPTY] {""}
   *[other] {" "}of { $of }
} rows).
web-link-done = The tables are linked: version { $version }.
web-link-waiting = Not linked yet: { $tables }. SQL sees these tables, or their latest version, after the next link.
web-link-run = Link now
web-link-nothing = No table has been imported yet, so there is nothing to link. Packages are imported on the page Packages.
web-sql-title = SQL
web-sql-lead = Ask the linked tables. Rows of single persons are shown only where they are allowed, and a refused statement names its clause. Names of tables and columns:
web-sql-statement = SQL statement
web-sql-hint = One SELECT. That you asked goes into the record; the statement itself is kept encrypted.
web-sql-editor = Field of the SQL statement. Ctrl+Enter runs it.
web-sql-run = Run
web-sql-keep-title = Keep this statement
web-sql-name = Name
web-sql-name-hint = Up to 80 characters. Write nothing about patients or persons.
web-sql-keep = Keep
web-sql-kept = Kept statements
web-sql-examples = Examples to begin with
web-sql-example = How many persons does each have?
web-sql-kept-none = You keep no statement.
web-sql-kept-caption = Statements you keep (choose a name to put one into the field above)
web-sql-kept-at = Kept
web-sql-remove = Remove
web-sql-remove-named = Remove “{ $name }”
web-questions-own = What I asked
web-questions-all = What everybody of the study asked
web-questions-all-lead = Who asked what. Answers are shown to nobody but the person who asked.
web-questions-none = Nothing has been asked yet.
web-questions-caption = Questions, newest first, up to 200
web-question = Number
web-question-number = Question { $number }
web-question-at = Asked
web-question-who = Person ID
web-question-state = State
web-question-state-word = { KEY($state) ->
    [running] running
    [answered] answered
    [refused] refused
    [cancelled] cancelled
    [failed] failed
   *[other] { $state }
}
web-question-rows = Rows of the answer
web-question-took = Took
web-question-ms = { $ms } ms
web-question-again = Open statement
web-question-again-number = Open the statement of question { $number }
web-question-erased = (the statement was erased)
web-question-running = It is being answered. This page renews itself.
web-question-cancel = Cancel
web-question-reload = Renew now
web-question-refused = There is no answer
web-question-gone = The answer is no longer here. Answers are in the server's memory only; they go after 60 minutes and when you sign out. Run it again if you need it.
web-question-not-yours = An answer is shown only in the session of the person who asked.
web-question-ended = { KEY($state) ->
    [cancelled] This question was cancelled.
    [refused] This question was refused. The details are no longer here; run it again to see them.
   *[other] This question ended before it was answered. Run it again.
}
web-question-edit = Change this statement and run it
web-answer = Answer
web-answer-small = { $rows } rows are about few persons and may have to be suppressed before publication. They are marked.
web-answer-row-level = This answer has rows of single persons, which the principal investigator allowed.
web-answer-cut = Cut at { $rows } rows; there may be more.
web-answer-empty = No row fits.
web-answer-caption = Rows { $from } to { $to } of { $all }
web-answer-row = Row
web-answer-mark = Mark
web-answer-few = few persons
web-answer-pages = Pages of the answer
web-answer-before = Rows before
web-answer-after = Rows after
web-chart = Draw a chart
web-chart-kind = Kind of chart
web-chart-kind-word = { KEY($kind) ->
    [bar] bars
    [line] line
    [histogram] histogram
    [box] boxes
   *[other] { $kind }
}
web-chart-of = Column of labels or groups
web-chart-of-none = none
web-chart-numbers = Column of numbers
web-chart-draw = Draw
web-chart-title-bar = { $numbers } by { $of } (bars)
web-chart-title-line = { $numbers } by { $of } (line)
web-chart-title-histogram = Histogram of { $numbers }
web-chart-title-box = { $numbers } by { $of } (boxes)
web-chart-description = Drawn from columns of this answer. The same numbers are in the table below.
web-chart-table = Numbers of the chart
web-chart-missing = (no value)
web-chart-all = all
web-chart-row = row
web-chart-range = Range (its lower end is in it)
web-chart-count = Count
web-chart-least = Least
web-chart-lower = Lower quartile
web-chart-median = Median
web-chart-upper = Upper quartile
web-chart-greatest = Greatest
web-chart-nothing = There is no number to draw.
web-chart-no-number = The value of row { $row } is no number. Choose a column of numbers.
web-chart-many = A chart has up to { $max } marks. Ask for fewer rows with GROUP BY or LIMIT.
web-report-make = Make a report (帳票)
web-report-make-lead = Puts what this page shows under a number of the ledger of produced reports, on a page that can be printed. Making and showing it are on record. What it shows is not kept.
web-report-make-do = Make a report
web-report-name = Title
web-report-name-hint = Up to 200 characters. Nothing about persons, and no figures.
web-report-note = Purpose or note
web-report-copies = Copies
web-report-copies-hint = How many are printed, 1 to 99.
web-report-number = Report number
web-report-kind = Kind
web-report-kind-word = { KEY($kind) ->
    [answer] answer
    [link] report of the link
    [catalogue] data catalogue
   *[other] { $kind }
}
web-report-of = Of
web-report-of-answer = question { $number }
web-report-of-link = link, version { $number }
web-report-at = Made
web-report-by = Made by
web-report-digest = Check value
web-report-gone = What this report showed can't be shown any more. An answer goes after 60 minutes or with the session; a link or a catalogue was replaced by a newer one. The number and its line in the ledger stay. Make a new report if you need it.
web-report-print = This page alone can be printed. If you print another number of copies than the one above, ask the manager of the places of use to put the ledger right.
web-report-back = Back to the page
web-report-foot = Not yet through the publication check. It stays in the place of use, and nobody but handlers may see it (4-3-3①, 4-3-5②). It is not published without that check.

err-web-ask-busy_own = Your last question is still being answered.
fix-web-ask-busy_own = Wait for its end, or cancel it from the list of questions.
err-web-ask-busy_others = As many questions are being answered as can be at one time.
fix-web-ask-busy_others = Wait a little and run it again.
err-web-ask-large = The answer is too large to be shown.
fix-web-ask-large = Ask for fewer rows with GROUP BY or LIMIT.
err-web-ask-unrecorded = How this question ended could not be recorded, so its answer is not shown.
fix-web-ask-unrecorded = Let the system operator look at the disk, then run it again.
err-workspace-catalogue-io = The file { $path } of what the data are can't be read.
fix-workspace-catalogue-io = Check that the medium of the vault is there.
err-workspace-catalogue-changed = The file { $path } of what the data are isn't what was written.
fix-workspace-catalogue-changed = Run renketsu study verify, and restore a backup if it says so.
err-workspace-desk-empty = The statement is empty.
fix-workspace-desk-empty = Write a SELECT statement.
err-workspace-desk-long = The statement is too long (at most { $max } bytes).
fix-workspace-desk-long = Shorten it, or ask in several steps.
err-workspace-desk-name = A name has 1 to { $max } characters.
fix-workspace-desk-name = Give it a short name without line breaks.
err-workspace-desk-nothing = There is no such question.
fix-workspace-desk-nothing = Choose one from the list of questions.
err-workspace-desk-changed = A kept statement isn't what was written.
fix-workspace-desk-changed = The state may have been tampered with. Tell the security manager.
web-data-type-word = { $type ->
    [Boolean] yes or no
    [Date32] date
    [Float64] decimal number
    [Int64] whole number
    [Utf8] text
   *[other] { $type }
}
err-workspace-report-text = { $field } is empty, too long, or holds characters that can't stand there.
fix-workspace-report-text = Type one line of up to 200 characters.
err-workspace-report-copies = A report has 1 to { $max } copies.
fix-workspace-report-copies = Type how many are printed, in digits.
err-workspace-report-day = This is no date, or one before the report was made.
fix-workspace-report-day = Check the date.
err-workspace-report-gone = What the report would be of isn't there any more.
fix-workspace-report-gone = Open the page again, ask once more if you need to, and then make the report.
err-workspace-report-rows = A report has at most { $max } rows.
fix-workspace-report-rows = Reduce the rows with GROUP BY or LIMIT.
err-workspace-report-nothing = There is no such report.
fix-workspace-report-nothing = Check the number. Only reports of this session can be opened.
err-workspace-report-line = The line to be put right isn't of this report and kind, or was put right already.
fix-workspace-report-line = Check the report and the kind of line, and choose the latest one.
web-study-suspended = This study is stopped: nobody touches its data until it goes on.
web-study-suspend = Stop this study at once
web-study-suspend-lead = Questions that are being answered end without an answer, answers on the screen are gone, and nobody takes in, links or asks until the study goes on. An import or a link that has begun runs to its end. Use this when an incident is suspected (4-3-1.incidents).
web-study-resume = Let the study go on
web-study-resume-lead = Its people can work on its data again.
err-workspace-suspension-not_suspended = This study is not stopped.
fix-workspace-suspension-not_suspended = Open its page again.
err-workspace-suspension-suspended = This study is stopped already.
fix-workspace-suspension-suspended = Open its page again; it says by whom and why.
err-workspace-suspension-why = A reason is missing or longer than 200 characters.
fix-workspace-suspension-why = Say in a line why.
err-workspace-suspension-no_study = There is no such study here.
fix-workspace-suspension-no_study = Open the list of studies.
