check-table = { $file }：{ $rows } 行、元のキーのほかに { $columns } 列
check-left-out = {"  "}`producer attach` が落とす列・要素：{ $columns }
check-clean = {"  "}個人を識別しうると判定された列はありません
check-identifying = {"  "}個人を識別しうる列：{ $columns }。--drop で落とすか、判定が誤りなら --keep で残してください（記録に残ります）。
deliver-identifying = {"  "}{ $table }：個人を識別しうる列があります：{ $columns }。パッケージは封緘済みです。付与のときに残すと判断したものでなければ、引き渡さないでください。
