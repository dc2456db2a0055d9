# Where something stands in the sources; entry and line 0: none.
word-member = { KEY($entry) ->
    [0] {""}
   *[other] , entry { $entry } of the archive
}
word-line = { KEY($line) ->
    [0] {""}
   *[other] , line { $line }
}
word-place = { $file }{ word-member }{ word-line }
err-producer-archive-damaged = { $file }{ word-member }: the archive is damaged or cut off.
fix-producer-archive-damaged = Get the zip file again and compare its size with the sender's. Nothing was sealed.
err-producer-archive-duplicate = { $file }: two entries of the archive have the same name.
fix-producer-archive-duplicate = It is unclear which of the two is meant. Ask the sender for an archive in which every name stands once.
err-producer-archive-empty = { $file } holds no XML document.
fix-producer-archive-empty = Check that you named the archive of health checks; the documents are in DATA and end in .xml.
err-producer-archive-encrypted = { $file }{ word-member }: the entry is encrypted.
fix-producer-archive-encrypted = Decrypt the archive with the sender's program first, on a medium you may use for personal data, and name the result.
err-producer-archive-entries = { $file } has more than 200,000 entries.
fix-producer-archive-entries = Split the archive and name the parts.
err-producer-archive-inconsistent = { $file }: the entries are not what the archive's directory says, or lie over one another.
fix-producer-archive-inconsistent = Such an archive is not made by an honest program. Ask the sender to make it again.
err-producer-archive-io = { $file }{ word-member } cannot be read{ word-io }.
fix-producer-archive-io = Check your rights and the medium, then run the command again.
err-producer-archive-large = { $file }{ word-member }: more than 16 MiB in one entry, or 16 GiB in the archive.
fix-producer-archive-large = Check what the entry is: the document of one person has some hundred KiB.
err-producer-archive-link = { $file }{ word-member }: the entry is a link.
fix-producer-archive-link = Ask the sender for an archive of plain files.
err-producer-archive-method = { $file }{ word-member }: the entry is packed in a way other than deflate.
fix-producer-archive-method = Ask the sender for a zip file packed with deflate (the usual way), or unpack and pack it again.
err-producer-archive-name = { $file }{ word-member }: the name of the entry leads out of the archive, or holds characters no name has.
fix-producer-archive-name = Do not unpack this archive. Tell the sender and the security manager.
err-producer-archive-nested = { $file }{ word-member }: an archive inside the archive.
fix-producer-archive-nested = Take the inner archive out and name it on its own.
err-producer-archive-ratio = { $file }{ word-member }: the entry unpacks to more than 200 times its size.
fix-producer-archive-ratio = This is how a zip bomb looks. Do not unpack this archive; ask the sender what it is.
err-producer-input-empty = { $file } is empty.
fix-producer-input-empty = Check that the export was finished.
err-producer-input-io = { $file } cannot be read{ word-io }.
fix-producer-input-io = Check your rights and the medium, then run the command again.
err-producer-input-long = { $file } is longer than 64 MiB.
fix-producer-input-long = A single document may not be longer. Check that you named the right file, or split it.
err-producer-input-many = { $file } holds more than a million files.
fix-producer-input-many = Name the directories below it one after the other.
err-producer-input-missing = { $file } does not exist.
fix-producer-input-missing = Check the path.
err-producer-input-nothing = { $file } is a directory without a file of this kind.
fix-producer-input-nothing = Check the path and the endings of the files (docs/formats/sources.md says which are read).
err-producer-xml-depth = { word-place }: elements lie inside one another more than 64 deep.
fix-producer-xml-depth = No document of these formats does. Get the file from its source again.
err-producer-xml-doctype = { word-place }: the document has a document type declaration (DTD).
fix-producer-xml-doctype = None of these formats has one, and it can make a program read other files. Ask the sender about it.
err-producer-xml-empty = { word-place }: no element is in the document.
fix-producer-xml-empty = Check that the export was finished.
err-producer-xml-encoding = { word-place }: bytes that are not characters of the encoding the document declares.
fix-producer-xml-encoding = Take the file from its source again without conversion; UTF-8 and Shift_JIS are read.
err-producer-xml-entity = { word-place }: the document refers to an entity that XML itself does not define.
fix-producer-xml-entity = None of these formats does. Get the file from its source again.
err-producer-xml-large = { word-place }: the document has more than 500,000 elements and attributes.
fix-producer-xml-large = Check that you named the right file, or split it.
err-producer-xml-root = { word-place }: the document is of another kind.
fix-producer-xml-root = --checkup takes CDA documents (ClinicalDocument), --eligibility answers of オンライン資格確認 (XmlMsg).
err-producer-xml-syntax = { word-place }: the document is not well-formed XML, or is cut off.
fix-producer-xml-syntax = Get the file from its source again.
