# Words inside other sentences: one for each value (KEY turns a variable into a selector).
# What kind of thing
word-what = { KEY($what) ->
    [approval-of-reference-table] approval of reference table
    [attached-table] table with IDs
    [certificate] certificate
    [closing] closing of provision
    [cohort] cohort
    [counterpart] other custodian of provision
    [entry-of-the-log] entry of the log
    [epoch] epoch
    [file] file in the vault
    [key-of-study] key of study
    [link] link
    [application] application
    [delegation] delegation
    [fee-notice] fee notice
    [forwarded-delivery] forwarded delivery
    [session-of-the-meter] session of the meter
    [provision] provision
    [reference-table] reference table
    [request] request
    [study] study
    [table] table
    [volume] volume
   *[other] { $what }
}
# What a table is, and numbers of rows and persons. What a field of a record is.
word-table-kind = { $kind }
word-rows = { KEY($rows) ->
    [one] 1 row
   *[other] { $rows } rows
}
word-persons = { KEY($persons) ->
    [one] 1 person
   *[other] { $persons } persons
}
word-field = { KEY($field) ->
    [care_number] long-term care insurance number
    [identifier] identifier of the insured person
    [person] person
    [period] period
    [qualification] qualification
    [birth_date] birth date
    [branch] branch number
    [insurer] insurer number
    [kana] kana name
    [number] number
    [service] service date
    [sex] sex
    [symbol] symbol
   *[other] { $field }
}
# Why input or output failed (the words of std::io::ErrorKind); nothing where there is nothing to say.
word-io = { KEY($reason) ->
    [argument-list-too-long] {" "}(argument list too long)
    [broken-pipe] {" "}(the output was closed)
    [directory-not-empty] {" "}(the directory is not empty)
    [entity-already-exists] {" "}(it already exists)
    [entity-not-found] {" "}(no such file or directory)
    [file-too-large] {" "}(the file is too large)
    [invalid-data] {" "}(its content is damaged)
    [invalid-filename] {" "}(not a valid file name, or too long)
    [invalid-input-parameter] {" "}(not a usable file name)
    [is-a-directory] {" "}(it is a directory, not a file)
    [no-storage-space] {" "}(no storage space)
    [not-a-directory] {" "}(part of the path is not a directory, or is a link)
    [out-of-memory] {" "}(out of memory)
    [permission-denied] {" "}(permission denied)
    [quota-exceeded] {" "}(the storage quota is exceeded)
    [read-only-filesystem-or-storage-medium] {" "}(the medium is read-only)
    [resource-busy] {" "}(another program is using it)
    [seek-on-unseekable-file] {" "}(not a regular file)
    [stale-network-file-handle] {" "}(the network file is no longer reachable)
    [timed-out] {" "}(timed out)
    [unexpected-end-of-file] {" "}(the file ends too early)
   *[other] {""}
}

err-store-io = The state file { $path } cannot be used.
fix-store-io = Check that the directory exists, is on a local disk and belongs to you, that you may read and write it, and that there is free space. Then run the command again.
err-store-full = There is no space left to write the state file { $path }. Nothing was changed.
fix-store-full = Free some space on the disk, then run the command again.
err-store-busy = Another command is working in this directory ({ $path }).
fix-store-busy = Wait until it ends, then run the command again.
err-store-damaged = { $path } is damaged, or is not a state file of renketsu.
fix-store-damaged = Do not delete it. Restore the last verified backup, and keep the damaged file for the information-system security manager.
err-store-newer = { $path } was written by a later version of renketsu (state version { $version }).
fix-store-newer = Use that version or a later one.
err-store-replayed = { KEY($part) ->
    [EMPTY] Package { $package } was already taken. A package can be taken only once.
   *[other] Table { $part } of package { $package } was already taken. A table can be taken only once.
}
fix-store-replayed = { KEY($part) ->
    [EMPTY] If it simply arrived twice, leave it. If its content should be new, ask the sender for a new package.
   *[other] It is table "{ $part }" of its provision's study: use that name. If its content should be new, ask the sender for a new package.
}
err-store-exists = { KEY($what) ->
    [approval-of-reference-table] Reference table "{ $name }" has been approved already.
    [study-of-provision] Provision "{ $name }" already has a study. A provision belongs to exactly one study.
   *[other] There is already a { word-what } named "{ $name }".
}
fix-store-exists = { KEY($what) ->
    [approval-of-reference-table] Nothing is to be done.
    [study-of-provision] Use the study that exists. List the studies with: renketsu study list --dir DIR
   *[other] Choose another name, or use the one that exists.
}
err-store-missing = There is no { word-what } named "{ $name }".
fix-store-missing = Check the name; names are case-sensitive.
err-store-chain = The chained record does not hold from entry { $seq } on: it was edited outside the program.
fix-store-chain = Stop working in this directory and tell the information-system security manager. Keep the file as it is.
err-store-statement = The program used its state file in a way it should not. This is a bug.
fix-store-statement = Report it with the code and the command you ran. Nothing was changed.
err-store-lost = The state file { $path } is gone, although { $work } is there.
fix-store-lost = Restore the last verified backup of the state. A new one would begin a clean history over what was done; the program does not do that.
err-store-pinned = Provision { $provision } is held to version { $version } of the registry, not to the one this command began with.
fix-store-pinned = Another command changed it meanwhile. Run the command again; nothing was changed.
err-store-catalogue = The list of files of study { $study } was changed by another command meanwhile (change { $recorded }).
fix-store-catalogue = Run the command again. Nothing was changed.
err-store-older = The list of files of study { $study } is not the one that was recorded last (change { $recorded }): an older one was put back, or the newer one removed.
fix-store-older = Stop working with this study and tell the information-system security manager. Restore the state and the files from one and the same verified backup.
err-store-keys = The state { $path } is proven by the party's keys, and can only be changed with them.
fix-store-keys = Run the command in a way that asks for the passphrase. If it doesn't, this is a bug: report it.
err-store-unproven = The state { $path } holds work, and no proof that this party put it there.
fix-store-unproven = If this directory was made by a version before states were proven, look at its lists and its record, then run once: renketsu state adopt --dir DIR. Otherwise somebody removed the proof: stop, keep the file, and tell the information-system security manager.
err-store-edited = Rows of "{ $table }" in the state { $path } are not what the program put there. They were changed, added or removed from outside.
fix-store-edited = Nothing of this state is believed. Stop working in this directory, keep the file as it is, tell the information-system security manager, and restore the last verified backup.
err-store-trust_older = An older list of trusted cards ({ $serial }) stands in { $path } than the record names ({ $recorded }): it was put back from outside. It may hold cards that are trusted no longer.
fix-store-trust_older = Stop working in this directory, tell the information-system security manager, and restore the last verified backup.
err-store-trust = The list of trusted cards in { $path } is not the one that the record named last: another was put there, the newer one removed, or the record changed.
fix-store-trust = Stop working in this directory, tell the information-system security manager, and restore the last verified backup.
err-store-halted = The state { $path } was put back from a backup at { $since }, and nobody has confirmed it. What was asked, answered, taken and withdrawn after the backup stands in no record here.
fix-store-halted = Nothing was done. Compare the state with the newest head of the record and the papers that others hold, and with what the other parties sent and received; withdraw again what was withdrawn since. Then have a second person confirm it: renketsu state confirm --dir DIR --reason TEXT --approved-by NAME
err-store-confirm-name = A confirmation needs the name of who answers for it, on one line.
fix-store-confirm-name = Give a second person's name with --approved-by. Nothing was recorded.
err-store-confirm-not_halted = This party does not halt: its state was not put back from a backup, or that was confirmed.
fix-store-confirm-not_halted = There is nothing to do. See what stands with: renketsu state check --dir DIR
err-store-confirm-reason = A confirmation needs a reason, on one line of at most 500 characters.
fix-store-confirm-reason = Say with --reason what the state was compared with, and what came of it. Nothing was recorded.
err-store-confirm-same_person = { $name } is the name on this party's card: the party can't confirm its own state.
fix-store-confirm-same_person = Have a second person look, and give that person's name with --approved-by. Nothing was recorded.
err-store-unsealed = The proof of the state { $path } could not be made: the system gave no randomness. Nothing was changed.
fix-store-unsealed = Ask the administrator of the system, then run the command again.
err-backup-io = { $path } can't be read{ word-io }.
fix-backup-io = Check permissions, then run the command again. Nothing was left.
err-backup-foreign = { $path } is no file of the program.
fix-backup-foreign = Take it out of the directory, then run the command again.
err-backup-not_empty = There is something in { $path } already.
fix-backup-not_empty = Give a new or an empty directory: a backup is put back into no other.
