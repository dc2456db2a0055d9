# Words inside other sentences: one for each value (KEY turns a variable into a selector).
# Roles
word-role = { KEY($role) ->
    [authority] a linking authority
    [issuer] the issuer of an authority
    [producer] a certified producer
    [workspace] a user
   *[other] { $role }
}
word-wanted = { KEY($wanted) ->
    [authority] a linking authority
    [issuer] the issuer of an authority
    [producer] a certified producer
    [workspace] a user
   *[other] { $wanted }
}
# Kinds of packages
word-kind = { KEY($kind) ->
    [answer] an answer
    [columns] columns of an extract by token
    [delivery] a delivery
    [extract] an extract
    [ids] IDs by token
    [references] references by token
    [removal] a removal
    [request] a request
    [stamps] IDs of an extract by token
    [subjects] subjects of an extract by token
    [terms] terms of a provision
    [tokens] tokens
   *[other] { $kind }
}
word-found = { KEY($found) ->
    [answer] an answer
    [columns] columns of an extract by token
    [delivery] a delivery
    [extract] an extract
    [ids] IDs by token
    [references] references by token
    [removal] a removal
    [request] a request
    [stamps] IDs of an extract by token
    [subjects] subjects of an extract by token
    [terms] terms of a provision
    [tokens] tokens
   *[other] { $found }
}
word-expected = { KEY($expected) ->
    [answer] an answer
    [columns] columns of an extract by token
    [delivery] a delivery
    [extract] an extract
    [ids] IDs by token
    [references] references by token
    [removal] a removal
    [request] a request
    [stamps] IDs of an extract by token
    [subjects] subjects of an extract by token
    [terms] terms of a provision
    [tokens] tokens
   *[other] { $expected }
}
# What an entry of an archive is
word-entry = { KEY($what) ->
    [block-device] block device
    [character-device] character device
    [directory] directory
    [extension] extension header
    [FIFO] named pipe
    [hard-link] hard link
    [symbolic-link] symbolic link
   *[other] { $what }
}
# Kinds of findings in a registry
word-finding = { KEY($kind) ->
    [birth_dates_differ] birth dates of one person differ
    [dates_reversed] period ends before it begins
    [field_rejected] value rejected
    [first_number_shared] first number of two persons
    [first_number_tied] several candidates for the first number
    [insurer_check_digit] check digit of the insurer number does not fit
    [number_reused] number belonged to another person before
    [number_shared] number of two persons on the same day
    [numbers_overlap] another number at the same time
    [operation_unknown] operation unknown or incomplete
    [person_unknown] person not registered
    [row_not_held] row not in the registry
    [row_duplicated] row repeated
    [rows_overlap] periods of one number overlap
    [sexes_differ] sexes of one person differ
   *[other] { $kind }
}

err-authority-conformance-differs = Answer { $index } (counted from 0): the field "{ $field }" is not what this program computes.
fix-authority-conformance-differs = Compare this answer step by step with docs/formats/ids.md; every answer before it agrees.
err-authority-conformance-form = The file does not have the form of issue.json (line { $line }, column { $column }).
fix-authority-conformance-form = Compare its structure with vectors/issue.json: every field is required, null included, and no other is allowed.
err-authority-conformance-value = The value of "{ $name }" cannot be used.
fix-authority-conformance-value = Write keys and the salt as 64 lower-case hexadecimal digits, the provision with capital letters, digits and hyphens, and today as YYYY-MM-DD.
err-authority-conformance-row = Row { $index } of the registry in the file (counted from 0) is not accepted: { word-finding }.
fix-authority-conformance-row = Correct the row; every field of a registry row must have a canonical form.
err-authority-conformance-empty = There is nothing in "{ $name }" to compare.
fix-authority-conformance-empty = Give at least one registry row and one answer.
err-authority-conformance-too_large = The registry in the file is too large.
fix-authority-conformance-too_large = Split the file and check each part.
err-authority-conformance-broken = The program did not accept a value that it had made canonical itself ({ $what }). This is a bug.
fix-authority-conformance-broken = Report it with the code and the file.
err-authority-registry-column_missing = { $file } has no column "{ $column }".
fix-authority-registry-column_missing = Give the file the ten columns person, kana, birth_date, sex, insurer, symbol, number, branch, valid_from and valid_to, in any order (docs/formats/registry.md). Nothing was loaded.
err-authority-registry-column_unknown = Column { $column } of { $file } is not a column of a registry.
fix-authority-registry-column_unknown = Remove the column. The ten columns are person, kana, birth_date, sex, insurer, symbol, number, branch, valid_from and valid_to (docs/formats/registry.md). Nothing was loaded.
err-authority-registry-empty = { $file } has a header but no rows.
fix-authority-registry-empty = Export the registry again and load it; its form is in docs/formats/registry.md. The registry in use was not changed.
err-authority-registry-refused = { $file } was not loaded. Errors: { $errors }, questions: { $questions }, notices: { $notices }. The lines are listed above.
fix-authority-registry-refused = { KEY($errors) ->
    [0] Check the questions against the register. If they describe it as it is, load the file with --accept-findings, which is recorded; if not, correct the register and export it again. The registry in use was not changed.
   *[other] Correct the errors in the register, export it again and load it; the form is in docs/formats/registry.md. The registry in use was not changed.
}
err-authority-registry-too_large = { $file } is larger than one registry may be.
fix-authority-registry-too_large = Split the register and load each part into an authority directory of its own. The registry in use was not changed.
err-authority-registry-kept_io = The stored registry cannot be read: { $reason }.
fix-authority-registry-kept_io = Check the disk that holds the registry directory; if a file is gone, restore it from the backup or load the registry file again.
err-authority-registry-kept_changed = The stored registry is not the one that was written: a block was changed or cut.
fix-authority-registry-kept_changed = Tell the information-system security manager, check the disk, then restore the registry directory from the backup or load the registry file again.
err-authority-registry-kept_broken = The stored registry holds something that is not of its form ({ $what }).
fix-authority-registry-kept_broken = This is a bug in the program. Report it with the version; load the registry file again meanwhile.
err-authority-registry-full = No room is left to load { $file }.
fix-authority-registry-full = Make room on the disk of the authority's directory: a load needs about two and a half times the size of the file while it works. The registry in use was not changed, and nothing is left of the attempt.
err-authority-registry-unwritten = { $file } was read, but the registry cannot be written: { $reason }.
fix-authority-registry-unwritten = Check the disk and your permissions on the authority's directory, then load it again. The registry in use was not changed.
err-authority-registry-no_room = No room is left for { $file }.
fix-authority-registry-no_room = Make room on the disk of the authority's directory and run the command again. The registry in use was not changed.
err-authority-registry-meanwhile = Another command made a version of the registry at the same time.
fix-authority-registry-meanwhile = Look at it with: renketsu authority registry list. Then run this command again if it is still wanted.
err-authority-registry-not_held = Provision { $provision } has no answer or stamp yet, so it is held to no version of the registry.
fix-authority-registry-not_held = Nothing to do: its first answer will be made from the latest version.
err-authority-registry-changes = IDs of { $persons } persons in provision { $provision } would change. It stays held to its version.
fix-authority-registry-changes = Look at them with: renketsu authority registry changes --provision { $provision } (--sealed-report FILE tells who). To change them all the same, adopt the version with --accept-changes, which is recorded.
err-authority-registry-content = The layers of version { $version } of the registry do not give the content that was recorded.
fix-authority-registry-content = Tell the information-system security manager, check the disk, and restore the registry directory from the backup.
err-authority-registry-pruned = Version { $version } of the registry was destroyed and can be read no more.
fix-authority-registry-pruned = Use a version that renketsu authority registry list shows as kept.
err-authority-registry-version = The registry has no version { $version }.
fix-authority-registry-version = List the versions with: renketsu authority registry list
err-authority-registry-not_loaded = This directory has no registry yet.
fix-authority-registry-not_loaded = Load one with: renketsu authority registry load --dir DIR FILE
err-authority-registry-io = The registry cannot be stored as { $file }.
fix-authority-registry-io = Check the free space and your permissions on the directory, then load it again. The registry in use was not changed.
err-authority-party-role = "{ $name }" is { word-role }, not a linking authority.
fix-authority-party-role = Give the directory of the authority with --dir.
err-authority-init-initialised = The root keys of this directory already exist.
fix-authority-init-initialised = Keep using them. With new root keys, no ID issued so far could ever be computed again.
err-authority-secret-entropy = The system provides no random numbers, so no secret key was made.
fix-authority-secret-entropy = Check that the system's random numbers are available, then run the command again.
err-authority-secret-directory = The directory { $path } cannot be created.
fix-authority-secret-directory = Check the permissions on the directory above it and the free space, then run the command again.
err-authority-secret-form = { $file } does not hold a secret key of this program.
fix-authority-secret-form = Tell the information-system security manager. Do not make a new one: the IDs would change.
err-authority-secret-io = { $file } cannot be read or written.
fix-authority-secret-io = Check the disk, the free space and your permissions, then run the command again.
err-authority-provision-identifier = "{ $provision }" is not an identifier of a provision.
fix-authority-provision-identifier = Use capital letters, digits and hyphens, at most 64, for example P-2026-0001.
err-authority-provision-study = "{ $study }" cannot name a study.
fix-authority-provision-study = Use letters, digits, hyphen and underscore, beginning with a letter or digit, at most 63.
err-authority-provision-exists = The provision { $provision } already exists. A provision belongs to exactly one study.
fix-authority-provision-exists = Choose a new identifier for the new provision.
err-authority-provision-unknown = There is no provision { $provision } in this directory.
fix-authority-provision-unknown = Check the identifier with: renketsu authority provision list --dir DIR
err-authority-provision-closed = The provision { $provision } is closed; nothing can be issued for it any more.
fix-authority-provision-closed = Open a new provision if the study goes on.
err-authority-provision-changed = The provision { $provision } was changed while the work was done. Nothing was issued.
fix-authority-provision-changed = Run the command again: it works with the terms and controls that now stand. If nobody changed them, look at the record.
err-authority-provision-salt_left = A salt of { $provision } lies in secrets/issuer, and this record knows nothing of an opening that made it. Nothing was opened.
fix-authority-provision-salt_left = IDs may have been issued under it before the state was put back from a backup. Open the provision under another identifier, and let the custodian settle what the salt belongs to.
err-authority-provision-only_pseudonymized = With only the certification for pseudonymized medical data, nothing may be provided in linkable form (法31条1項).
fix-authority-provision-only_pseudonymized = Name a certified producer of anonymized medical data (認定匿名加工医療情報作成事業者) as the producer of the provision.
err-authority-provision-certification_kind = "{ $kind }" is not a kind of certification.
fix-authority-provision-certification_kind = Give "anonymized" for a certified producer of anonymized medical data (認定匿名加工医療情報作成事業者).
err-authority-provision-certification_number = The number of the certification is missing or cannot be used.
fix-authority-provision-certification_number = Give the number of the producer's certification, at most 64 characters.
err-authority-provision-ground = "{ $ground }" is not a ground on which linkable data may be made.
fix-authority-provision-ground = Give 19-1 (法19条1項) or 47-1 (法47条1項).
err-authority-provision-no_database = The provision names no public database.
fix-authority-provision-no_database = Give at least one public database of 令8条 with --database.
err-authority-provision-database_unknown = "{ $database }" is not a public database that may be linked (令8条).
fix-authority-provision-database_unknown = Choose among: { $known }.
err-authority-provision-database_refused = "{ $database }" is { $name }, which may not be linked.
fix-authority-provision-database_refused = Leave it out. Only the anonymized data listed in 令8条 can be linked.
err-authority-provision-item_missing = The item of 令7条 for the recipient is missing. Without it nothing may be provided in linkable form.
fix-authority-provision-item_missing = Give the item with --recipient-item: { $known }.
err-authority-provision-item_unknown = "{ $item }" is not an item of 令7条.
fix-authority-provision-item_unknown = Choose among: { $known }.
err-authority-provision-untrusted = No trusted card has the fingerprint { $fingerprint }; { word-role } is needed here.
fix-authority-provision-untrusted = Ask the party for its card, confirm the fingerprint by another channel, and add it with: renketsu trust add --dir DIR FILE
err-authority-provision-role = "{ $name }" is { word-role }; { word-wanted } is needed here.
fix-authority-provision-role = Check that the producer and the recipient are not swapped, and name them again.
err-authority-provision-damaged = The record of the provision { $provision } is damaged.
fix-authority-provision-damaged = Restore the state from the last verified backup, and tell the information-system security manager.
err-authority-provision-broken = A bug in the program stopped the command ({ $invariant }).
fix-authority-provision-broken = Report it with the code and the command you ran. Nothing was changed.
err-authority-issue-kind = The package is { word-kind }, not a request.
fix-authority-issue-kind = Give the file that the producer made with `renketsu producer request`.
err-authority-issue-producer = "{ $sender }" is not the producer of the provision { $provision }.
fix-authority-issue-producer = Answer only the producer the provision was opened for. Ask the sender under which provision it works.
err-authority-issue-certification_missing = The request for the provision { $provision } does not state the producer's certification (法31条1項).
fix-authority-issue-certification_missing = Ask the producer to record its certification with `renketsu producer certify` and to make the request again.
err-authority-issue-certification = The request states another certification than the one the provision { $provision } was opened for.
fix-authority-issue-certification = Compare the kind, number and ground with the producer. If the certification has changed, open a new provision.
err-authority-issue-study = The request names another study than the one the provision { $provision } belongs to.
fix-authority-issue-study = Ask the producer which of the two is right; a provision belongs to exactly one study.
err-authority-issue-replayed = The request { $package } was already answered.
fix-authority-issue-replayed = Send the answer that exists. If it is lost, ask the producer for a new request: the same persons will get the same IDs.
err-authority-issue-tables = The request does not have exactly one table named "identifiers".
fix-authority-issue-tables = Ask the producer to make the request again with `renketsu producer request`.
err-authority-issue-column = The column "{ $column }" of the request is missing, out of place or of another type.
fix-authority-issue-column = Ask the producer to make the request again; the format is described in docs/formats/package.md.
err-authority-issue-columns = The request has columns that do not belong in a request.
fix-authority-issue-columns = Ask the producer to send nothing beyond the identifiers, and destroy this file.
err-authority-issue-rows = The number of rows in the request is not the one its manifest states.
fix-authority-issue-rows = Ask the producer to make the request again.
err-authority-issue-null = The column "{ $column }" of the request has a row without a value (null).
fix-authority-issue-null = Ask the producer to make the request again; an unknown value is an empty text.
err-authority-issue-reference_twice = Row { $row } of the request has the same reference as the row before.
fix-authority-issue-reference_twice = Ask the producer to make the request again; every row has its own reference.
err-authority-issue-reference_order = Row { $row } of the request is out of the order of the references.
fix-authority-issue-reference_order = Ask the producer to make the request again; in any other order the rows could reveal the order of the source.
err-authority-issue-kcv = The secret keys of the provision { $provision } are not those it was opened with.
fix-authority-issue-kcv = Restore the secrets directory from the verified backup, and tell the information-system security manager. IDs issued now would match nothing.
err-authority-issue-untrusted = The card of the producer "{ $name }" is no longer trusted.
fix-authority-issue-untrusted = Confirm the fingerprint by another channel, then add the card again with: renketsu trust add --dir DIR FILE
err-authority-issue-recipient_untrusted = The card of the recipient "{ $name }" is no longer trusted.
fix-authority-issue-recipient_untrusted = Confirm the fingerprint by another channel, then add the card again with: renketsu trust add --dir DIR FILE
err-authority-issue-changed = { $file } changed while it was read.
fix-authority-issue-changed = Copy the request to a directory where nobody else writes and run the command again. No answer was written.
err-authority-issue-unpublished = The answer to the request { $request } was recorded, but could not be written as { $file }.
fix-authority-issue-unpublished = The request now counts as answered: ask the producer for a new request, and give a free name with --out. The same persons will get the same IDs. No other file was touched.
err-authority-issue-io = { $file } cannot be read.
fix-authority-issue-io = Check the medium and your permission to read it, then run the command again.
err-authority-issue-broken = A bug in the program stopped the command ({ $invariant }).
fix-authority-issue-broken = Report it with the code and the command you ran. No answer was written.
err-authority-stamp-database = The provision { $provision } does not cover the public database "{ $database }".
fix-authority-stamp-database = Name one that it covers: { $known }. For another public database, open a new provision.
err-authority-stamp-approval = The approval number is empty or longer than 64 characters.
fix-authority-stamp-approval = Give with --approval the number under which the use of the public database was approved.
err-authority-stamp-column = { $file } has no column "{ $column }".
fix-authority-stamp-column = Compare the name with the header of the file and give it exactly; full and half width and spaces differ.
err-authority-stamp-column_type = The column "{ $column }" cannot be read as text.
fix-authority-stamp-column_type = Convert the column: keys and identifiers must be text, numbers or dates.
err-authority-stamp-reserved = { $file } has a column with the reserved name "{ $column }".
fix-authority-stamp-reserved = Rename the column, or leave it out with --drop.
err-authority-stamp-identifying = Some columns of { $file } look as if they identify persons: { $columns }.
fix-authority-stamp-identifying = Leave them out with --drop, or rename a column that was misjudged. Nothing was written.
err-authority-stamp-io = { $file } cannot be read.
fix-authority-stamp-io = Check the path and your permission to read it, then run the command again.
err-authority-stamp-custodians = The directory holds the resolver's keys alone, so it makes no IDs.
fix-authority-stamp-custodians = Give --to-issuer with the file of the subjects for the issuer: then the columns go to --out, and the issuer makes the IDs with: renketsu authority issue FILE --dir DIR --out FILE
err-authority-stamp-entropy = The system provides no random numbers, so the rows could not be put into order.
fix-authority-stamp-entropy = Check that the system's random numbers are available, then run the command again.
err-authority-stamp-kcv = The secret keys of the provision { $provision } are not those it was opened with.
fix-authority-stamp-kcv = Restore the secrets directory from the verified backup, and tell the information-system security manager. IDs stamped now would match nothing.
err-authority-stamp-untrusted = The card of the recipient "{ $name }" is no longer trusted.
fix-authority-stamp-untrusted = Confirm the fingerprint by another channel, then add the card again with: renketsu trust add --dir DIR FILE
err-authority-stamp-unpublished = The extract { $package } was recorded, but could not be written as { $file }.
fix-authority-stamp-unpublished = Give a free name with --out and run the command again; the IDs will be the same. No other file was touched.
err-authority-stamp-broken = A bug in the program stopped the command ({ $invariant }).
fix-authority-stamp-broken = Report it with the code and the command you ran. Nothing was written.
status-number = found by number
status-number_loose = found by number, written differently or without branch
status-number_ambiguous = several persons have the number
status-kana = found by kana name, birth date and sex
status-kana_ambiguous = several persons have the kana name, birth date and sex
status-conflict = number and other data disagree
status-not_found = not in the registry
status-invalid = input rejected
outcome-registered = key is in the registry
outcome-unknown_person = key is not in the registry: no ID
outcome-service_rejected = service date cannot be read: latest kana name taken
finding-field_rejected = Line { $line }: the value of { $field } is rejected ({ word-reject })
finding-operation_unknown = Line { $line }: the operation is none of add, end, remove, merge and split, or lacks what it needs (into, valid_to)
finding-person_unknown = Line { $line }: a person of this line is not registered
finding-row_not_held = Line { $line }: the person has no such row
finding-dates_reversed = Line { $line }: valid_to is before valid_from
finding-birth_dates_differ = Line { $line }: another birth date than { $other } of the same person
finding-sexes_differ = Line { $line }: another sex than { $other } of the same person
finding-row_duplicated = Line { $line }: the same row as { $other }
finding-rows_overlap = Line { $line }: overlaps in time with { $other } of the same person and number
finding-number_shared = Line { $line }: the number belongs to another person on the same day ({ $other })
finding-numbers_overlap = Line { $line }: the person has another number at the same insurer at the same time ({ $other })
finding-first_number_shared = Line { $line }: the first number is also the first number of another person ({ $other }); neither gets a number_id
finding-number_reused = Line { $line }: the number belonged to another person before ({ $other })
finding-first_number_tied = Line { $line }: taken as first number; another begins on the same day ({ $other })
finding-insurer_check_digit = Line { $line }: the check digit of the insurer number does not fit
severity-error = errors (the load is refused)
severity-question = questions (refused unless accepted)
severity-notice = notices
err-authority-verifiable-entropy = The system provides no random numbers, so nothing was blinded or proven.
fix-authority-verifiable-entropy = Check that the system's random numbers are available, then run the command again.
err-authority-verifiable-broken = The program contradicted itself ({ $invariant }). This is a bug.
fix-authority-verifiable-broken = Report it with the code.
