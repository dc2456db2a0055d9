# The authority's two custodians
word-custodian = { KEY($custodian) ->
    [issuer] issuer
    [resolver] resolver
   *[other] { $custodian }
}
authority-init-resolver = Made the root key of a resolver. Epoch { $epoch }. The issuer makes its own, in a directory of its own.
authority-init-issuer = Made the root key of an issuer. Epoch { $epoch }. The resolver makes its own, in a directory of its own.
keys-rotated = Epoch { $epoch } has begun. Provisions opened from now on use its roots; open ones keep theirs.
keys-ended = No open provision needs epoch { $epoch } any more: its roots are destroyed.
keys-custodian = Key store of the { word-custodian }
keys-epoch = Epoch { $epoch }: { $provisions }
keys-token = Key token { $token } (serial number { $serial }), key { $key }, by { $module }
keys-held = { word-custodian }: { $secret } ({ word-opened })
word-opened = { KEY($opened) ->
    [passphrase] opened by the passphrase
    [token] opened by passphrase and key token together
   *[other] in both forms: run the command that was interrupted again
}
word-tries = { KEY($tries) ->
    [few] ; a wrong one was offered before
    [one] ; the next wrong one locks it
    [none] ; it is locked now
   *[other] {""}
}
token-used = Wrapped { $count } secrets by the key { $key } of the key token { $token } (serial number { $serial }). Without this token they are lost: see to its backup.
token-left = { $count } secrets are no longer wrapped by the key { $key } of the key token { $token } (serial number { $serial }). The passphrase opens them again.
provision-handed = The terms of { $id } for the resolver are in { $path } (SHA-256 { $sha256 }).
resolve-done = Looked up { $rows } rows with version { $registry } of the registry. For the issuer: { $tokens }. For the producer: { $references }.
ids-done = Issued the IDs of { $rows } rows: { $path } (SHA-256 { $sha256 }).
stamps-done = Issued the IDs of the extract's { $rows } rows, for the user: { $path } (SHA-256 { $sha256 }).
stamp-halves-done = Looked up { $rows } rows of the extract with version { $registry } of the registry; dropped: { $dropped }. The columns for the user: { $columns }. For the issuer, who makes the IDs: { $subjects }.

err-authority-init-part = This party's part is not that of the { word-custodian }.
fix-authority-init-part = An issuer has a directory of its own: renketsu init --dir DIR --role issuer
err-authority-secret-elsewhere = This directory does not hold the keys of the { word-custodian }.
fix-authority-secret-elsewhere = Run the command in that custodian's directory. A resolver answers a request with `authority resolve`, and the issuer its tokens with `authority issue`.
err-authority-secret-pin = The PIN of the key token { $token } was not given.
fix-authority-secret-pin = Run the command at a terminal, or give the PIN with --token-pin-fd.
err-authority-secret-unrecorded = Secrets are wrapped by a key token, and { $file }, which says by which, is missing.
fix-authority-secret-unrecorded = Restore { $file } and { $file }.key from where they went, and find out who removed them. Nothing was made without the token.
err-authority-secret-changed = What was written to { $file } is not what it was made from; the old form is still there.
fix-authority-secret-changed = Check the disk and the key token. Remove neither form before the information-system security manager has looked at both.
err-authority-secret-token_in_use = The secrets are wrapped by the key token { $token } and its key.
fix-authority-secret-token_in_use = Name that token and key. To go over to another one: `authority token leave`, then `authority token use`.
err-authority-secret-no_token = The secrets of this directory are wrapped by no key token.
fix-authority-secret-no_token = Check the directory given with --dir; `authority keys status` shows what opens the secrets.
err-authority-custody-kind = The package is { word-kind }; { word-expected } is needed here.
fix-authority-custody-kind = Check the file and the directory given with --dir.
err-authority-custody-whole = This directory holds the keys of both custodians, so nothing goes between two.
fix-authority-custody-whole = Answer requests in one step with `authority issue`, or make two directories: one with `authority init --custodian resolver`, one with `init --role issuer`.
err-authority-custody-no_counterpart = The provision { $provision } was not handed over between two custodians.
fix-authority-custody-no_counterpart = Let the issuer hand it over (`authority provision hand`) and the resolver take it (`authority provision take`). With both keys in this directory, use `authority issue`.
err-authority-custody-counterpart_untrusted = The card of the other custodian of the provision { $provision } is not trusted any more.
fix-authority-custody-counterpart_untrusted = Confirm the fingerprint with the other custodian and trust its card again with `trust add`.
err-authority-custody-untrusted = No trusted card has the fingerprint { $fingerprint }; { word-role } is needed here.
fix-authority-custody-untrusted = Confirm the fingerprint by another channel and trust the card with `trust add`.
err-authority-custody-sender = "{ $sender }" is not the resolver of the provision { $provision }.
fix-authority-custody-sender = Don't answer it. Ask the resolver whether it sent this package.
err-authority-custody-differs = The package states another "{ $field }" than the provision { $provision } has here.
fix-authority-custody-differs = Nothing was done. Compare the provision on both sides with `authority provision list` and open a new one if they differ.
err-authority-custody-epoch = The provision { $provision } is of epoch { $stated }; this directory is in epoch { $own }.
fix-authority-custody-epoch = Bring both custodians to the same epoch with `authority keys rotate`, then open the provision anew.
err-authority-custody-replayed = The package { $package } was taken before.
fix-authority-custody-replayed = Use what was made of it then. If that is lost, let the producer make a new request.
err-authority-custody-tables = The package does not have the one table of its kind.
fix-authority-custody-tables = Don't use it, and ask the sender for a new one.
err-authority-custody-row = Row { $row } of the tokens contradicts its form.
fix-authority-custody-row = Don't use the package, and ask the resolver for a new one.
err-authority-custody-kcv = The secrets of the provision { $provision } are not those it was opened with.
fix-authority-custody-kcv = Tell the information-system security manager. Nothing was issued.
err-authority-custody-one_file = The two packages were given the same file.
fix-authority-custody-one_file = Give --to-issuer another file than --to-producer, or for an extract than --out.
err-authority-custody-entropy = The system provides no random numbers, so no token was made.
fix-authority-custody-entropy = Check that the system's random numbers are available, then run the command again.
err-authority-custody-changed = { $file } changed while it was read.
fix-authority-custody-changed = Copy it to a place where nobody writes, then run the command again.
err-authority-custody-unpublished = What came of { $package } is recorded, but { $file } was not written.
fix-authority-custody-unpublished = Let the producer make a new request; the same persons get the same IDs.
err-authority-custody-broken = The program contradicted itself ({ $invariant }). This is a bug.
fix-authority-custody-broken = Report it with the code.
