# Names of rejects, as reports list them (count by reason).
reject-absent = absent
reject-character = character not allowed in the field
reject-mark = voiced mark without its kana
reject-empty = empty
reject-long_mark_first = long mark ー in first place
reject-length = wrong length
reject-date = date that does not exist, or before 1868-01-25
reject-future = date in the future
reject-era = date outside its era
reject-form = unknown way of writing a date
reject-sex = neither male nor female
reject-differs = given twice, differently
reject-several = several, and nothing says which is meant
reject-unknown = not found
reject-lapsed = no longer valid, without a first day
reject-order = ends before it begins
# The names above for the value of the variable `reject` (KEY turns a variable into a selector).
word-reject = { KEY($reject) ->
    [absent] { reject-absent }
    [character] { reject-character }
    [date] { reject-date }
    [empty] { reject-empty }
    [era] { reject-era }
    [form] { reject-form }
    [future] { reject-future }
    [length] { reject-length }
    [long_mark_first] { reject-long_mark_first }
    [mark] { reject-mark }
    [sex] { reject-sex }
    [differs] { reject-differs }
    [several] { reject-several }
    [unknown] { reject-unknown }
    [lapsed] { reject-lapsed }
    [order] { reject-order }
   *[other] { $reject }
}

err-identity-reject-character = The value holds a character that this field does not allow.
fix-identity-reject-character = Correct it at the source: a name is written in kana; symbols and numbers in letters, digits and hyphens; insurer and branch in digits.
err-identity-reject-mark = A voiced mark (゛ or ゜) in the value belongs to no kana.
fix-identity-reject-mark = Correct the name or symbol at the source; a mark follows the kana it voices.
err-identity-reject-empty = The value is empty once spaces are taken out.
fix-identity-reject-empty = Fill in the field at the source if the value is known.
err-identity-reject-long_mark_first = The name begins with a long mark (ー).
fix-identity-reject-long_mark_first = Correct the name at the source; a hyphen in the first place counts as a long mark.
err-identity-reject-length = The value is too long, or does not have the number of digits it must have.
fix-identity-reject-length = Correct it at the source: an insurer number has 8 digits (6 for the national health insurance), a branch 2, a symbol or number at most 40 characters, a name at most 100.
err-identity-reject-date = The date does not exist or is before 1868-01-25.
fix-identity-reject-date = Correct the date at the source.
err-identity-reject-future = The date is in the future.
fix-identity-reject-future = Correct the date at the source, and check this computer's clock.
err-identity-reject-era = The date is outside the era it is written in.
fix-identity-reject-era = Correct the era or the year at the source, or write the year of the Western calendar.
err-identity-reject-form = The date is written in a form that is not recognised.
fix-identity-reject-form = Write it as 19640229, 1964-02-29, 3390229, S39.2.29 or 昭和39年2月29日.
err-identity-reject-sex = The sex is neither male nor female.
fix-identity-reject-sex = Write 1, M or 男 for male, 2, F or 女 for female. For any other entry there is no ID by kana.

err-identity-form-key_check_value = This is not a key check value, which is 16 hexadecimal digits.
fix-identity-form-key_check_value = Copy it from the authority's notice: --kcv number=HEX,kana=HEX.
err-identity-form-provision_code = This is not an identifier of a provision, which is 1 to 64 characters of A-Z, 0-9 and hyphen.
fix-identity-form-provision_code = Copy the identifier from the authority's notice, in capital letters, such as P-2026-0001.
err-identity-form-provision_id = This is not a provision ID, which is 64 hexadecimal digits.
fix-identity-form-provision_id = Check that the right column was named, and that the value was not cut short.
err-identity-form-secret = This is not a secret key, which is 64 hexadecimal digits.
fix-identity-form-secret = Check that the key was copied whole. The key itself is not shown.

err-conformance-ids-mismatch = The file has another value than this program for { $field } in { $index ->
    [none] { $section }
   *[other] { $section }[{ $index }]
}.
fix-conformance-ids-mismatch = Compare the steps of this entry with docs/formats/ids.md, and correct the implementation that breaks the rule (entries are counted from 0).
err-conformance-ids-format = The file does not have the form of a vector file: { $problem ->
    [day] { $place } is not a day written YYYY-MM-DD
    [empty] nothing in it can be checked
    [hex] { $place } is not hex digits, or not as many as it must have
    [json] it is not JSON, or a field occurs twice, at { $place } (line:column)
    [missing] { $place } is missing
    [outcome] { $place } must have either "ok" or "reject"
    [provision_code] { $place } is not an identifier of a provision
    [reject_name] { $place } is not the name of a reject
    [type] { $place } is of the wrong type
    [unknown] { $place } is unknown
   *[other] { $place }
}.
fix-conformance-ids-format = Write the file in the form of vectors/ids.json (docs/formats/ids.md). Whole sections may be left out; nothing may be added.

# What a column seems to hold.
identifying-address = address
identifying-birth_date = full birth date
identifying-email = e-mail address
identifying-identification_code = individual identification code
identifying-insured_number = insured person's number or a part of it
identifying-insurer = insurer number
identifying-my_number = Individual Number (My Number)
identifying-name = name of a person
identifying-patient_number = patient number
identifying-phone = telephone number
identifying-postal_code = postal code of 7 digits
identifying-row_reference = reference to rows of the source
identifying-by-header = by its header
identifying-by-values = by its values
err-identity-memory-locked = The system does not lock memory for a secret key, so the key was not opened.
fix-identity-memory-locked = Allow this account locked memory, 1 MiB or more: LimitMEMLOCK= in the systemd unit, or `memlock` in /etc/security/limits.conf (`ulimit -l` shows it).
err-identity-form-public_key = This is not a public key of kana IDs, which is 64 hexadecimal digits of a point of ristretto255.
fix-identity-form-public_key = Don't use it. Take the key from a package that the authority signed.
err-identity-verifiable-blinded = In row { $row }, the issuer evaluated another blinded point than that of the reference.
fix-identity-verifiable-blinded = The whole package is refused, and nothing was taken. Tell the authority: its resolver and issuer did not work on the same rows.
err-identity-verifiable-factor = In row { $row }, the blinding factor is zero or no number of the group.
fix-identity-verifiable-factor = The whole package is refused, and nothing was taken. Tell the authority, whose resolver made it.
err-identity-verifiable-form = Rows, points and proofs of the package do not fit each other.
fix-identity-verifiable-form = The whole package is refused, and nothing was taken. Tell the authority.
err-identity-verifiable-point = In row { $row }, a point is none of the group ristretto255, or its identity.
fix-identity-verifiable-point = The whole package is refused, and nothing was taken. Tell the authority.
err-identity-verifiable-proof = The proof for the rows from { $row } on does not hold: at least one of their kana IDs was not made with the key of the provision.
fix-identity-verifiable-proof = The whole package is refused, and nothing was taken. Keep it, tell the authority by another channel, and do not ask again before it is explained.
