failure-what = error [{ $code }]: { $what }
failure-system = system:{ word-io }
failure-system-number = system: error { $number }
failure-next = next: { $next }

err-cli-file-missing = { $path } does not exist.
fix-cli-file-missing = Check the path.
err-cli-file-parent = The directory of { $path } does not exist.
fix-cli-file-parent = Check the path, or make the directory first.
err-cli-file-exists = { $path } exists already and is not replaced.
fix-cli-file-exists = Name a new file, or move the old one away.
err-cli-file-io = { $path } cannot be read or written.
fix-cli-file-io = Check your rights and the free space, then run the command again.
err-cli-file-directory = { $path } is a directory; a file is needed.
fix-cli-file-directory = Name one file.
err-cli-file-large = { $path } is too large to be a file of test values.
fix-cli-file-large = Check that you named the right file.
err-cli-file-encoding = { $path } is not UTF-8.
fix-cli-file-encoding = Save it as UTF-8.
err-cli-dir-missing = There is no directory { $path }.
fix-cli-dir-missing = Make the party's directory with: renketsu init --dir { $path }
err-cli-output-failed = The output could not be written.
fix-cli-output-failed = Check where the output goes and run the command again.
err-cli-output-closed = The output was closed.
fix-cli-output-closed = Nothing is to be done.
err-cli-panic = A bug in the program stopped the command ({ $place }).
fix-cli-panic = Report it with the code, the place in brackets and the version of the program. What was not finished is done again by running the command again.
err-cli-party-unknown = No trusted card is named "{ $party }".
fix-cli-party-unknown = Look with "renketsu trust list", and add the card with "renketsu trust add FILE".
err-cli-party-unclear = Several trusted cards could be meant: { $parties }.
fix-cli-party-unclear = Name one with --to.
err-cli-role-other = This directory belongs to a party whose part is { $role }; the command is for the part { $needed }.
fix-cli-role-other = Name that party's directory with --dir.
err-cli-init-again = { $path } has keys already; a party's keys are never replaced.
fix-cli-init-again = Use another directory for another party.
err-cli-kcv-form = The key check values cannot be read.
fix-cli-kcv-form = Write them as number=16 hexadecimal digits,kana=16 hexadecimal digits.
err-cli-passphrase-missing = The passphrase of the keys is needed, and there is no terminal to ask at.
fix-cli-passphrase-missing = Give it by a file descriptor: --passphrase-fd 3 3< FILE; or as the systemd credential renketsu-passphrase.
err-cli-passphrase-vault_missing = The passphrase of the vault is needed, and there is no terminal to ask at.
fix-cli-passphrase-vault_missing = Give it by a file descriptor: --vault-passphrase-fd 3 3< FILE; or as the systemd credential renketsu-vault-passphrase.
err-cli-passphrase-second_vault_missing = The second custodian's part of the vault's passphrase is needed, and there is no terminal to ask at.
fix-cli-passphrase-second_vault_missing = Give it by a file descriptor: --second-vault-passphrase-fd 4 4< FILE; or as the systemd credential renketsu-second-vault-passphrase. This vault opens only when both custodians come together.
err-cli-passphrase-pin_missing = The PIN of the key token is needed, and there is no terminal to ask at.
fix-cli-passphrase-pin_missing = Give it by a file descriptor: --token-pin-fd 4 4< FILE; or as the systemd credential renketsu-token-pin.
err-cli-passphrase-differ = The two passphrases are not the same.
fix-cli-passphrase-differ = Run the command again and type the same passphrase twice.
err-cli-passphrase-encoding = The passphrase from { $path } is not UTF-8.
fix-cli-passphrase-encoding = Save it as one line of UTF-8.
err-cli-passphrase-descriptor = File descriptor { $descriptor } is not open.
fix-cli-passphrase-descriptor = Open it in the same command: { $option } 3 3< FILE
err-cli-trust-unconfirmed = The fingerprint of { $name } must be confirmed by another channel, and there is no terminal to ask at.
fix-cli-trust-unconfirmed = Ask the other party by telephone or on paper, and give what you hear with --fingerprint.
err-cli-usage-missing = Something is missing: { $argument }
fix-cli-usage-missing = Add it; --help shows the command's arguments.
err-cli-usage-command = There is no command "{ $command }".
fix-cli-usage-command = --help shows the commands.
err-cli-usage-unknown = There is no argument "{ $argument }".
fix-cli-usage-unknown = --help shows the command's arguments.
err-cli-usage-value = "{ $value }" is no value for { $argument }.
fix-cli-usage-value = { $choice ->
    [one] Give one of: { $wanted }
    [form] Give: { $wanted }
   *[none] --help shows the command's arguments.
}
err-cli-usage-empty = { $argument } needs a value.
fix-cli-usage-empty = { $choice ->
    [none] Write it behind the option.
   *[other] Write it behind the option: { $wanted }
}
err-cli-usage-conflict = { $argument } and { $other } cannot be given together.
fix-cli-usage-conflict = Leave one of them out.
err-cli-usage-twice = { $argument } is given more than once.
fix-cli-usage-twice = Give it once.
err-cli-usage-other = The arguments cannot be used. { $argument }
fix-cli-usage-other = --help shows the command's arguments.
usage-least = { $least } or more
usage-number = a whole number

passphrase-ask = Passphrase of the keys:{" "}
passphrase-new = New passphrase (at least 12 characters):{" "}
vault-passphrase-ask = Passphrase of the vault:{" "}
vault-first-ask = Passphrase of the vault, the first custodian's part:{" "}
vault-second-ask = Passphrase of the vault, the second custodian's part:{" "}
token-pin-ask = PIN of the key token:{" "}
vault-passphrase-new = New passphrase of the vault (at least 12 characters; without it no table can be read again):{" "}
vault-first-new = New passphrase of the vault, the first custodian's part (at least 12 characters; without it no table can be read again):{" "}
vault-second-new = New passphrase of the vault, the second custodian's part (at least 12 characters; the first custodian leaves the seat):{" "}
passphrase-again = The same again:{" "}
role-authority = linking authority
role-issuer = issuer of the authority
role-producer = certified producer
role-workspace = user
init-done = Made the keys of a party ({ $role }) in { $path }.
card-name = name         { $name }
card-role = part         { $role }
card-fingerprint = fingerprint  { $fingerprint }
card-recipient = age          { $recipient }
card-verifier = minisign     { $verifier }
card-written = card written to { $path }
trust-done = { $name } is trusted: { $fingerprint }
trust-none = No card is trusted yet.
trust-line = { $name } ({ $role })  { $fingerprint }
trust-ask = Type the fingerprint that { $name } told you by another channel (telephone, paper):
record-whole = { $count } entries; the chain is whole.
word-action = { KEY($action) ->
    [access-denied] refused: no authority
    [access-fault] refused: a policy can't be evaluated (alarm)
    [account-added] account made
    [account-code] enrolment code made again
    [account-enrolled] enrolment ended with the pledges
    [account-factor] second factor enrolled
    [account-factor-used] second factor shown
    [account-factor_removed] second factor removed
    [account-founded] first account made
    [account-founding_again] enrolment of the first account begun again
    [account-granted] role given
    [account-language] language of the pages changed
    [account-password] password set
    [account-readmitted] person let in again
    [account-reset-approved] reset approved
    [account-reset-proposed] reset proposed
    [account-reset-refused] reset refused
    [account-single_factor] single-factor exception recorded
    [account-single_factor_ended] single-factor exception ended
    [account-suspended] person suspended
    [account-taken] role taken
    [account-viewed] own account looked at
    [application-accepted] application accepted
    [application-received] application received
    [application-refused] application refused
    [ask-answered] answered a question of the desk
    [ask-begun] took a question at the desk
    [ask-cancelled] stopped a question of the desk
    [ask-failed] a question of the desk failed
    [ask-history_read] read the list of questions
    [ask-kept] kept a statement
    [ask-kept_dropped] removed a kept statement
    [ask-refused] refused a question of the desk
    [ask-shown] showed an answer
    [ask-stop_asked] asked to stop a question
    [authority-initialised] key stores made
    [catalogue-viewed] looked at the data catalogue
    [cohort-saved] cohort saved
    [delegation-ended] end of a delegation set
    [delegation-recorded] delegation recorded
    [delivery-covered] cover for a delivery signed
    [delivery-forwarded] delivery passed on unread
    [demo-people] sample people of a demonstration made
    [diagnostics-viewed] diagnostics shown
    [epoch-begun] epoch begun
    [epoch-ended] epoch ended
    [fee-corrected] fee notice corrected
    [fee-notified] fee notified
    [fee-paid] payment of a fee recorded
    [fee-received] fee notice taken over
    [fee-rule_set] reading of the fee rule set
    [key-used] keys of a provision used
    [keys-unwrapped] secrets no longer wrapped by a key token
    [keys-unwrapping] going over from a key token begun
    [keys-wrapped] secrets wrapped by a key token
    [keys-wrapping] going over to a key token begun
    [ledger-report-corrected] line added to the ledger of produced reports
    [ledger-report-taken_out] ledger of produced reports taken out
    [ledger-report-viewed] ledger of produced reports looked at
    [ledger-terminal-corrected] line added to the terminal ledger
    [ledger-terminal-taken_out] terminal ledger taken out
    [ledger-terminal-viewed] terminal ledger looked at
    [link-asked] linking of a study begun
    [link-failed] linking of a study failed
    [link-viewed] looked at the link report
    [log-erased] details of log entries erased
    [log-forked] another party's log was rewritten
    [log-heartbeat] the machine was at work
    [log-review_shown] review of the log shown
    [log-reviewed] log reviewed and signed for
    [log-searched] log searched
    [log-sign_asked] signature of the log asked for
    [log-shrunk] another party's log was put back
    [log-unsigned] log could not be signed
    [log-viewed] entry shown
    [log-witness_known] a witness made known
    [log-witnessed] a witness signed the log
    [meter-corrected] session of the meter corrected
    [meter-started] session of the meter started
    [meter-stopped] session of the meter stopped
    [package-erase_begun] erasing a package in quarantine begun
    [package-erased] file of a package in quarantine erased
    [package-failed] import of a package failed
    [package-import_asked] import of a package begun
    [package-imported] table of a package imported
    [package-received] package taken into the quarantine
    [package-refused] package refused
    [package-verified] package verified
    [package-viewed] package shown
    [packages-viewed] packages shown
    [party-backed_up] directory backed up
    [party-confirmed] state put back from a backup confirmed
    [party-created] keys made
    [party-distrusted] card no longer trusted
    [party-restored] directory put back from a backup
    [party-trusted] card trusted
    [people-viewed] people looked at
    [persons-removed] removal of persons taken
    [place-added] place of use added
    [place-sharing_accepted] acceptance that a place is shared recorded
    [place-sharing_ended] acceptance that a place is shared ended
    [producer-attached] IDs attached
    [producer-attached_destroyed] tables with IDs destroyed after the delivery
    [producer-certified] certification recorded
    [producer-delivered] delivery sealed
    [producer-map_destroyed] map destroyed
    [plain-failed] import of a file without a seal failed
    [plain-import_asked] import of a file without a seal begun
    [plain-scanned] scanned for viruses
    [producer-removal_keys_destroyed] keys of removed persons destroyed
    [producer-requested] request sealed
    [provision-amended] controls of the provision amended
    [provision-asked] rows counted against the quota
    [provision-closed] provision closed
    [provision-closing] closing of a provision begun
    [provision-dismissed] findings dismissed, requests go on
    [provision-estimated] dry run
    [provision-handed] provision handed to the resolver
    [provision-ids_issued] IDs issued by the issuer
    [provision-issued] answer sealed
    [provision-opened] provision opened
    [provision-opening] provision is being opened
    [provision-registry_adopted] provision held to another registry version
    [provision-resolved] request looked up by the resolver
    [provision-stamp_resolved] extract looked up by the resolver, without IDs
    [provision-stamped] extract stamped
    [provision-stamps_issued] IDs of an extract issued by the issuer
    [provision-stopped] request stopped
    [provision-taken] provision taken over by the resolver
    [reference-approved] reference table approved
    [registry-compacted] registry version written as one
    [registry-loaded] registry loaded
    [registry-pruned] registry versions destroyed
    [registry-updated] registry updated by differences
    [report-made] report made
    [report-opened] report shown
    [server-heartbeat] server runs
    [server-recovered] cleared up after a crash
    [server-started] server started
    [server-stopped] server stopped
    [service-accepted] request accepted over HTTPS
    [service-answered] answer ready for its producer
    [service-authority_set] address of the authority set
    [service-certificate_made] certificate for the service made
    [service-enrolled] certificate enrolled
    [service-expired] answer expired and removed
    [service-fetched] answer fetched
    [service-held] request waits for the authority
    [service-received] answer received
    [service-refused] request over HTTPS refused
    [service-retried] another try of a request asked for
    [service-revoked] certificate revoked
    [service-sent] request sent
    [service-site] root of the service made
    [service-started] service started
    [service-stopped] service stopped
    [session-closed] session ended
    [session-locked] session locked
    [session-opened] session opened
    [session-overlap] second session of one person (alarm)
    [session-refused] sign-in refused
    [session-turned_away] turned away: the place was not the study's
    [session-unlocked] session unlocked
    [sessions-viewed] sessions looked at
    [slot-ended] time slot ended
    [slot-set] time slot set
    [state-adopted] state taken over and proven
    [study-asked] question answered
    [study-resumed] study let go on
    [study-suspended] study stopped
    [study-created] study made
    [study-linked] tables linked
    [study-refused] question refused
    [study-rows_allowed] rows of single persons allowed
    [study-rows_forbidden] rows of single persons forbidden
    [study-verified] files checked
    [study-volume_mounted] volume of a study mounted
    [study-volume_refused] study not opened without its volume
    [study-volume_released] volume of a study unmounted
    [study-volume_set] study said to have a volume
    [study-volume_unset] study said to have no volume
    [table-imported] table imported
    [terminal-added] terminal prepared
    [terminal-enrolled] terminal enrolled
    [terminal-revoked] terminal's enrolment taken back
    [terminals-viewed] terminals and places looked at
    [vault-created] vault made
    [vault-rewrapped] passphrase of the vault changed, its tables as they were
   *[other] { $action }
}
conformance-agrees = { $path }: every value agrees.

study-created = Study { $study } for provision { $provision }.
study-imported = Imported { $table } ({ word-table-kind }), version { $version }: { word-rows }; { $number } with number_id, { $kana } with kana_id only, { $neither } without an ID.
study-imported-reference = Imported reference table { $table }, version { $version }: { word-rows }.
study-imported-replaced = Seen after the next study link.
study-imported-no-unique = No --kana-unique: none of these kana IDs will link anybody.
study-kcv-proven = Key check values { $kcv }: proven by a signed package.
study-kcv-typed = Key check values { $kcv }: as typed, unproven.
study-linked = Link { $version } of study { $study }: { word-persons }.
study-query-written = { word-rows } written to { $path }.
study-none = There is no study yet.
study-line = { $study }  provision { $provision }
study-table-line = {"  "}{ $table }  { word-table-kind }  version { $version }{ $linked ->
    [same] {""}
    [never] {" "}(not linked)
   *[other] {" "}(linked: { $linked })
}{ $approval ->
    [missing] , not approved
    [given] , approved
   *[none] {""}
}
study-column-line = {"    "}{ $column }
study-delivery-line = {"  "}delivery { $package } of { $sender }: purpose: { $purpose }; contract { $contract }; use from { $start } to { $end }; places of use: { $places }
study-terms-changed = Agreed otherwise than in the delivery before: { $term ->
    [contract] contract
    [period_end] last day of use
    [period_start] first day of use
    [places] places of use
    [purpose] purpose
   *[recipient] recipient
}: { $before } → { $now } (recorded)
study-unlinked = not linked yet
study-link-line = linked, version { $version }
study-rows-line = {"  "}rows of single persons: up to { $cap }

link-table = {"  "}{ $table } ({ word-table-kind }): { word-rows }, { word-persons }
link-status-persons = {"    "}{ $status }: { word-rows }, { word-persons }
link-status = {"    "}{ $status }: { word-rows }
link-number = by number
link-kana-attached = attached by unique kana ID
link-kana-person = known by kana ID alone
link-no-id = unlinked, no ID
link-kana-not-unique = unlinked, kana ID not unique in the register
link-kana-ambiguous = unlinked, kana ID of several persons
link-pair = {"  "}in { $one } and { $other }: { word-persons }
link-combinations = {"  "}Persons by the exact set of tables they are in:
link-no-combinations = {"  "}Too many tables for exact sets; pairs only.
link-rest = {"  "}{ $sets } smaller sets with { word-persons } are left out.
link-rest-pairs = {"  "}{ $pairs } smaller pairs are left out.
link-consistency = {"  "}{ $column }: { $agree } persons agree, { $disagree } disagree, { $several } have several values in one table
link-changes = {"  "}against the link before: { $appended } persons added, { $merged } merged, { $undone } rows undone, { $moved } attached elsewhere
picture-title = Link { $version } of study { $study }
picture-description = Rows of each table by how they are linked, and persons by the set of tables they are in. Counts only.
picture-rows = Rows of each table by status
picture-table = table
picture-number = by number
picture-kana-attached = attached by kana
picture-kana-person = by kana alone
picture-unlinked = unlinked
picture-persons = persons
picture-combinations = Persons by the exact set of tables they are in
picture-pairs = Persons that two tables share
picture-rest = {"{"}columns{"}"} smaller sets with {"{"}persons{"}"} persons are left out.

err-cli-provision-form = "{ $provision }" is no identifier of a provision.
fix-cli-provision-form = Capital letters, digits and hyphens, for example P-2026-0001.
err-cli-party-none = No card of the part { word-role } is trusted yet.
fix-cli-party-none = Add it with "renketsu trust add FILE".
certify-done = Certification { $number } recorded, data made under { $ground }.
request-count = { $files } files, { $records } records: { $rows } rows to ask for, { $merged } merged as the same person and month, { $without } without an insured number, { $rejected } rejected.
request-reject = {"  "}rejected, { $reason }: { $rows }
request-partial = {"  "}asked for all the same, { $reason }: { $rows }
request-passed = {"  "}passed over, { KEY($source) ->
    [care] no person in a record of long-term care claims
    [checkup] no document of a person in an archive
    [eligibility] a result outside of the look-ups
    [fhir] a resource without a record of its own
    [ledger] a row of the ledger
    [uke] a record of claims without anything of a person
   *[other] { $source }
 } ({ $kind }): { $records }
request-reason = { word-field }: { word-reject }
request-done = Request of { $rows } rows to { $name } sealed in { $path } (SHA-256 { $sha256 }).
list-header = file  claim    line  number/branch/kana/key  service  route
list-number = number
list-kana = kana
list-rejected = rejected
attach-status = {"  "}{ $status }: { $rows } rows
attach-keys = { $keys } source keys; { $differing } had references with different IDs; because of that, { $conflicts } got no ID.
attach-table = { $table }: { $rows } rows; { $number } by number, { $kana } by kana, { $shared } by a kana ID that is not unique, { $without } without an ID (of these { $unknown } with a key no request knew).
attach-destroyed = The map of request { $request } is destroyed.
attach-kana-key = Every kana ID was checked: made with the public key { $key }. Compare it with the authority's by another channel.
deliver-table = {"  "}{ $table }: { $rows } rows, { $number } different number IDs, { $kana } different kana IDs
deliver-terms = {"  "}purpose: { $purpose }; contract { $contract }; use from { $start } to { $end }; places of use: { $places }
deliver-done = Delivery to { $name } sealed in { $path } (SHA-256 { $sha256 }).
status-none = Nothing was requested yet.
status-request = { $package }  provision { $provision }  { $rows } rows  { $state }
status-table = {"  "}{ $table }: { $rows } rows, delivered in { $delivered }
status-waiting = waiting for the answer
status-attached = answered; map destroyed
authority-init = Root keys made; epoch { $epoch }.
provision-line = { $id } ({ $state }): study { $study }, producer { $producer }, recipient { $recipient } (Order art. { $item }), databases { $databases }
provision-kcv = {"  "}key check values { $kcv }
provision-kana-key = {"  "}kana IDs are verifiable; their public key { $key }
provision-open = open
provision-closed = closed
provision-none = No provision was opened yet.
registry-finding = {"  "}{ word-finding }: { $count }
registry-loaded = Registry version { $version }: { $rows } rows, { $persons } persons, { $without } without an eligible first number.
issue-status = {"  "}{ $status }: { $rows }
issue-done = Answer of { $rows } rows sealed in { $path }, from registry version { $registry } (SHA-256 { $sha256 }).
stamp-done = Extract of { $rows } rows stamped, { $number } with number_id, { $kana } with kana_id; dropped: { $dropped }. Sealed in { $path } (SHA-256 { $sha256 }).
picture-rest-pairs = {"{"}columns{"}"} smaller pairs are left out.
err-cli-keys-none = There are no keys in { $path }.
fix-cli-keys-none = Check --dir. A new party makes its keys with: renketsu init --dir { $path } --role authority|issuer|producer|workspace
trust-removed = { $name } is trusted no longer.
err-cli-dir-file = { $path } is a file, not a directory.
fix-cli-dir-file = Give the party's directory with --dir.
study-kcv-other = Key check values of this table { $kcv }: as typed, unproven for this table; equal to the study's, which a signed package proves.
study-directory = Made the directory { $path } (without keys; sealed packages need them).
study-volume-none = Study { $study } has no volume of its own. Folders or accounts of one machine don't separate studies (4-3-3-1.separation).
study-volume-mounted = Study { $study } lies on a volume of its own, { $path }, mounted by { word-mounted-by }.
study-volume-absent = The volume of study { $study } is not mounted at { $path } now. It is mounted by { word-mounted-by }.
word-mounted-by = { KEY($by) ->
    [server] the server, when the study is opened
   *[operator] the operators
}
study-vault = Made the vault { $path }. Without its passphrase nothing in it can be read.
vault-custodians = { $count ->
    [1] One passphrase opens this vault.
   *[2] This vault opens only when two custodians have typed their parts. If either is lost, nothing in it can be read again.
}
vault-rewrapped = The vault's passphrase is another one; the tables in it are as they were. Copies of the old vault.json still open with the passphrase of before: erase them.
vault-recorded = The vault file is the one the record names (SHA-256 { $file }).
vault-recorded-other = The vault file (SHA-256 { $file }) is not the one that was recorded last: a change of the passphrase stopped halfway, or an old file was put back. Run renketsu vault rewrap again.
vault-recorded-none = The record does not name the vault file yet (SHA-256 { $file }).
err-cli-query-terminal = Parquet is no text for a terminal.
fix-cli-query-terminal = Give a file with --out, or another --format.
conformance-missing = {"  "}not in the file: { $names }
conformance-section = {"  "}{ $name }: { $entries } entries, { $values } values compared
conformance-answers = {"  "}{ $answers } answers from a registry of { $persons } persons:
err-cli-verify-wrong = { $files } of the files of study { $study } are not what the vault holds of them.
fix-cli-verify-wrong = Stop working with this study and tell the information-system security manager. Restore the files from the last verified backup.
study-reference-next = It can be asked after a second person has approved it (renketsu study approve-reference) and after the next link.
study-reference-approved = Reference table { $table }, version { $version }: approved by { $name }.
study-rows-allowed = Answers of study { $study } may hold up to { $cap } rows of single persons: allowed by { $name }.
study-rows-forbidden = Answers of study { $study } hold no rows of single persons.
study-query-row-level = Row-level: each row of this answer is about a single person. It must not leave the place of use.
study-query-cut = Only the first { $cap } rows are given (study rows --allow).
study-query-small = Rows with a cell about fewer than { $threshold } persons: { $rows } (row { $places }; greatest, least and middle values are one person's). They may have to be suppressed before publication.
study-cohort-saved = Cohort { $name }, version { $version }: { word-persons } of link { $link }.
study-cohort-none = There is no cohort yet.
study-cohort-line = { $name }  version { $version }  { word-persons } of link { $link }
study-verify-whole = Study { $study }: { $files } files, { $bytes } bytes; all are what the vault holds of them.
study-verify-wrong = {"  "}{ $name }: { $what }
study-verify-left-over = {"  "}left over from work that was cut off; the next run replaces it: { $path }
progress-reading = reading
progress-writing = writing
progress-importing = importing
progress-linking = linking
progress-recording = recording
progress-starting = starting
progress-count = {"{"}human_pos{"}"} rows ({"{"}rate{"}"} a second, {"{"}took{"}"} s)
progress-count-of = {"{"}human_pos{"}"} of {"{"}human_len{"}"} rows ({"{"}rate{"}"} a second, {"{"}left{"}"} s left)
progress-took = {"{"}took{"}"} s
progress-asking = asking
progress-verifying = verifying
state-as-it-stands = These are the rows as they stand. Give the passphrase (--passphrase-fd, or as a credential) to hold them against the party's keys.
state-whole = Every row of the state is what this party put there; { $count } entries of the record, the last: { $head }
state-record-whole = The record is whole, { $count } entries, the last: { $head }. The trusted cards are this party's. What is said of a study is proven by the vault: renketsu study verify
state-confirmed = { $name } confirmed the state that was put back. The party works again.
state-halted = Halted: this state was put back from a backup at { $since }, and nobody confirmed it. Nothing is asked, answered, handed over or linked until somebody runs: renketsu state confirm --dir DIR --reason TEXT --approved-by NAME
state-adopted = The state was taken over as it stands; from now on it is proven. { $count } entries of the record, the last: { $head }
err-cli-state-proven = The state of this directory was proven from its first entry on; it can't be taken over as it stands.
fix-cli-state-proven = Somebody removed the proof. Stop working in this directory, keep the file as it is, tell the information-system security manager, and restore the last verified backup.
err-cli-state-workspace = The state of a user's directory is proven by its vault, not by the party's keys: there is nothing to take over.
fix-cli-state-workspace = Run for each study: renketsu study verify --dir DIR --study STUDY
err-cli-vault-fewer = A vault that two custodians open cannot become one that one person opens.
fix-cli-vault-fewer = When a custodian leaves, run it without --custodians, and have the new custodian type the part that changes hands.
err-cli-serve-running = The server of { $path } is running, and this command can't be used meanwhile.
fix-cli-serve-running = Stop the server, then run it again.
trust-again = There are cards in the trust directory from before the list was signed. They are trusted no longer: confirm each fingerprint again and add it with renketsu trust add, then remove the directory.
backup-line = { $name }, { $created }: { $files } files; { $entries } entries of the record, the last: { $head }
backup-custodian = To be put back by who keeps it: { $path }
backup-done = Backed up: { $path }. Keys, roots and salts are not in it; maps and tables with IDs that were not delivered yet neither.
backup-whole = Every byte is what this party backed up. Nothing was written.
progress-backup = Reading
progress-restore = Writing
restore-done = Put back: { $path }
restore-halted = This party halts until a second person has confirmed the state. Compare the record's last entry, the papers and the packages with what the others hold (a witness, a checkpoint, the other parties); withdraw again what was withdrawn since; then run: renketsu state confirm --dir DIR --reason TEXT --approved-by NAME
restore-open = Provision { $id } stands open here. If it was closed since the backup, close it again: its salt is gone, and no ID can be made.
restore-producer = Requests without an answer, and attached tables that were not delivered, must be made again; so must the certificate (producer tls new). Don't use the old directory any more.
restore-workspace = What was done after the backup stands in no record here. Persons removed since are back: take their removals again before anybody asks a question. Cards you stopped trusting since are trusted again: renketsu trust list. Don't use the old directory any more.
restore-authority = What was done after the backup stands in no record here: hold it against what the producers have, findings and quota too. Cards and certificates you stopped trusting since are trusted again: renketsu trust list, authority tls list. Don't use the old directory any more.
