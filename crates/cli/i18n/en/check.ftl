check-table = { $file }: { $rows } rows; { $columns } columns beside the source key
check-left-out = {"  "}left out by `producer attach`: { $columns }
check-clean = {"  "}no column looks identifying
check-identifying = {"  "}may identify a person: { $columns }. Drop them with --drop, or keep one judged wrongly with --keep (recorded).
deliver-identifying = {"  "}{ $table }: these columns may identify a person: { $columns }. The package is sealed; if that was not decided when the table was attached, do not hand it over.
