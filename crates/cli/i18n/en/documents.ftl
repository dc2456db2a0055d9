# Papers as PDF (documents)
err-documents-glyph = The paper holds characters that cannot be printed: { $characters }.
fix-documents-glyph = Write the named fields with characters that print: no control characters, no private-use characters (gaiji), no variants that the fonts lack. A name that only exists as such a character must be printed by other means; nothing is printed as a box.
err-documents-long = The field "{ $field }" has { $characters } characters; a paper takes { $most } at most.
fix-documents-long = Shorten it, or attach the text as a document of its own.
err-documents-template = A template of this program could not be set ({ $at }). This is a bug.
fix-documents-template = Report it with the code and the place.

# Papers: commands
paper-written = Written: { $path }
paper-salt = Salt of the provision (keys of number IDs and kana IDs)
paper-kcv = number { $number }
    kana { $kana }
paper-method = The key of the sealed salt was erased, then the sealed salt was overwritten and removed (SHA-256 of the sealed salt: { $sha256 }). The sketch by which persons were counted was deleted.
paper-method-interrupted = The erasure was interrupted; when it was completed, the sealed salt and its key were gone (SHA-256 of the sealed salt: { $sha256 }).
err-cli-paper-slip = The notice { $notice } has no fee payment form: nothing is to be paid, or it is paid to the Payment Fund or another delegate, without revenue stamps.
fix-cli-paper-slip = Write the notice itself with: renketsu authority fee notice
err-cli-paper-applicant = Who applied is not on record: the provision { $provision } is not open.
fix-cli-paper-applicant = Give the applicant with --producer and --certification-number.
err-cli-paper-closing = No record says that the salt of the provision { $provision } was destroyed here.
fix-cli-paper-closing = Close the provision with "renketsu authority provision close" at the issuer, and ask there.
