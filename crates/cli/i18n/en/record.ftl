# The signed log of a directory, and its witness.
err-store-log-empty = Nothing was recorded since the log began.
fix-store-log-empty = Run `renketsu log heartbeat`, or any command that records, and sign then.
err-store-log-retained = Entry { $index } must be kept until { $until }.
fix-store-log-retained = Details are kept for a year at least (4-3-4-2i.access-log). Erase them afterwards.
err-store-log-rows = The entries in the state are not the first { $size } that were signed: the state was rewritten, or an older one was put back.
fix-store-log-rows = Change nothing more. Keep the directory as evidence, tell whoever is responsible for the safety of the information system, and compare with the witness's copy.
err-store-log-signing = The signature could not be made.
fix-store-log-signing = Check that the system gives random numbers (/dev/urandom) and that its clock stands after 1970, and run the command again.
err-store-log-unsigned = No head of this log was signed yet.
fix-store-log-unsigned = Sign it first with: renketsu log checkpoint
err-store-log-unwitnessed = { $file } has no valid signature of a witness that this directory knows.
fix-store-log-unwitnessed = The first time, give the witness's verifier key with --witness, as the witness read it to you (renketsu log witness show).
err-seal-witness-name = The name of the witness is empty, or holds a space or a plus sign.
fix-seal-witness-name = Give a name like audit.example.jp/1.
err-seal-witness-signing = The signature could not be made.
fix-seal-witness-signing = Check that the system gives random numbers (/dev/urandom) and that its clock stands after 1970, and run the command again.
err-seal-witness-stranger = No log of this party was seen before. The card in the copy has the fingerprint { $fingerprint }
fix-seal-witness-stranger = Ask the party for its fingerprint by another channel, and give that one with --fingerprint.
err-cli-log-verifier = This is not the verifier key of a witness.
fix-cli-log-verifier = Copy the whole line that `renketsu log witness show` prints: NAME+ID+KEY.
log-signed = { $entries } entries are signed: { $file }
log-signed-before = Nothing was recorded since the { $entries } entries were signed: { $file }
log-root = root { $root }
log-whole = The log is whole: { $entries } entries, { $heads } signed heads, { $earlier } events from before the log.
log-unsigned = The newest head covers { $signed } of them; sign the rest with `renketsu log checkpoint`.
log-clock = Clock: moved before { $stepped } entries, not kept in step at { $unsynchronised }, not asked at { $unclocked }.
log-witnessed = Can't be rewritten unseen up to entry { $entries }: signed by { $witness } at { $at }.
log-unwitnessed = Nobody outside has signed this log: whoever holds the directory and its passphrase could rewrite all of it unseen. See `renketsu log witness`.
log-anchor-old = WARNING: the last signature from outside is { $hours } hours old; at most { $limit } are planned.
log-exported = { $entries } entries were copied to { $path }, and checked there. Whoever gets the copy needs your fingerprint by another channel: { $fingerprint }
log-erased = The details of { $entries } entries are erased; the entries stay.
log-witness-made = The witness has a key. Read it to the party: { $verifier }
log-cosigned = { $entries } entries of { $party } follow from the { $before } seen before. Signed: { $file }
log-cosigned-first = { $entries } entries of { $party } were checked, and are remembered from now on. Signed: { $file }
err-cli-log-no_head = No head of the log of { $party } was received.
fix-cli-log-no_head = See whose heads there are with `renketsu log received`; a party's first package with one brings it.
log-received = { $entries } entries of { $party }, with package { $package } at { $at }
log-received-forked = { $entries } entries of { $party }, with package { $package } at { $at } - REWRITTEN: another root than was received before
log-received-shrunk = { $entries } entries of { $party }, with package { $package } at { $at } - PUT BACK: the log was longer, or the package's number was used before
log-received-count = { $heads } heads were received.
log-received-written = The head over { $entries } entries of { $party } is in { $file }. Hold the party's copy against it: renketsu-verify log COPY --earlier FILE
log-doubt-forked = WARNING: the log of { $party } was rewritten: package { $package } says another root over { $entries } entries than was received before. Ask the party by another channel before you use the package, and keep both heads (`renketsu log received --json`).
log-doubt-shrunk = WARNING: the log of { $party } was put back: package { $package } says { $entries } entries, and more were received before. Ask the party by another channel whether it restored a backup before you use the package.
log-sheet =
    SIGNED HEAD OF THE LOG

    party        { $name }
    fingerprint  { $fingerprint }
    entries      { $entries }
    root         { $root }
    last entry   { $last }
    printed      { $printed }

    date ________________  name ______________________________  signature ____________________

    date ________________  name ______________________________  signature ____________________

    File it with the record of entries and exits. It is checked with: renketsu-verify log COPY --paper ENTRIES:ROOT
