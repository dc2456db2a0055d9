# ほかの文の中で使う言葉：構文のうち SQL の言葉でないもの（KEY は変数を選択子の形に直す関数）
word-construct = { KEY($construct) ->
    [ambiguous-column] どの表のものか決められない列
    [column-of-a-query-further-out] 二段以上外側の問い合わせの列
    [expression] 集計関数でない式
    [extension] 拡張構文
    [mark-join] 副問い合わせの内部的な結合
    [max-of-a-text] 文字列の max
    [min-of-a-text] 文字列の min
    [Placeholder] プレースホルダー（$1 など）
    [ScalarVariable] 変数（@ で始まる名前）
    [SetComparison] ANY・ALL による比較
    [SimilarTo] SIMILAR TO
    [Unnest] UNNEST
    [GroupingSet] GROUPING SETS
    [scan] 条件を含む表の読み取り
    [statement] この文
    [subquery] 副問い合わせ
   *[other] { $construct }
}

err-engine-file-exists = { $path } はすでに存在します。上書きはしません。
fix-engine-file-exists = 別のファイル名を指定するか、不要であれば古いものを削除してください。
err-engine-file-changed = { $path } は、書き出したときのファイルではありません。見つからないか、書き換えられたか、差し替えられたか、途中で切れています。
fix-engine-file-changed = この研究での作業を止め、情報システムの安全管理者に知らせてください。ほかの異常は「renketsu study verify」で分かります。ファイルは、検証済みの最新のバックアップから復元してください。
err-engine-file-io = { $path } を読み書きできません。
fix-engine-file-io = 権限とディスクの空き容量を確かめてから、もう一度実行してください。書きかけのファイルは残っていません。

err-engine-import-broken = プログラムの不具合のため、取り込みに失敗しました（{ $invariant }）。
fix-engine-import-broken = エラーコードとプログラムの版を添えて報告してください。
err-engine-import-column = 表 { $table } に列 { $column } がありません。
fix-engine-import-column = 列名を、ファイルにあるとおりに指定してください（--number-id、--kana-id、--kana-unique、--keep）。
err-engine-import-flag = 表 { $table }、列 { $column }、データの { $row } 行目（見出しを除く）：値が真偽のどちらでもありません。
fix-engine-import-flag = 列の指定を確かめるか、送り手に正しいファイルを依頼してください。この列の値は true、false、1、0、空欄のいずれかです。何も取り込んでいません。
err-engine-import-id = 表 { $table }、列 { $column }、データの { $row } 行目（見出しを除く）：値が提供用IDではありません。
fix-engine-import-id = 列の指定を確かめるか、送り手に正しいファイルを依頼してください。提供用IDは 32 バイトまたは 16 進 64 桁で、値なし・空欄・9・埋め草（00…、99…、ff…）は「ID なし」として扱います。何も取り込んでいません。
err-engine-import-id_column = 表 { $table } のデータ列 { $column } に、提供用IDまたはバイト列が入っています。
fix-engine-import-id_column = 提供用IDの列であれば --number-id、--kana-id で指定してください。そうでなければ、この列を除いたファイルを送り手に依頼してください。何も取り込んでいません。
err-engine-import-identifying = 表 { $table } に、個人を識別しうる列があります：{ $columns }
fix-engine-import-identifying = 匿名加工された表か、送り手に確かめてください。誤った判定なら --keep 列 で取り込めます（記録に残ります）。
err-engine-import-kind = 表 { $table }、列 { $column }：この型の列は、提供用IDやその一意フラグの列にはできません。
fix-engine-import-kind = 列の指定を確かめてください。提供用IDは 32 バイトの値か文字列、フラグは真偽値か数値（0 か 1）か文字列です。
err-engine-import-name = 表 { $table }：{ $column } という名前のデータ列は使えません。
fix-engine-import-name = 列名を変えるか、提供用IDの列として指定してください。person、number_id、kana_id、kana_unique は特別な意味を持つ名前です。大文字と小文字の違いだけの列名は重複とみなします。
err-engine-import-tokens = 表 { $table }：提供用IDと列が、同じ行のものではありません。
fix-engine-import-tokens = どちらも使わずに、一度の付与から両方を作り直すよう大臣等に依頼してください。何も取り込んでいません。

err-engine-sort-broken = プログラムの不具合のため、行の並べ替えに失敗しました（{ $invariant }）。
fix-engine-sort-broken = エラーコードとプログラムの版を添えて報告してください。何も変更していません。
err-engine-sort-changed = { $path } の一時ファイルから、書いたものと異なる内容が返りました。
fix-engine-sort-changed = 媒体に障害がないか確かめてから、もう一度実行してください。何も変更していません。
err-engine-sort-io = { $path } の一時ファイルを読み書きできません。
fix-engine-sort-io = 空き容量（表の大きさ程度が必要です）を確保するか、--memory でメモリを増やしてから、もう一度実行してください。

err-engine-link-broken = プログラムの不具合のため、連結に失敗しました（{ $invariant }）。
fix-engine-link-broken = エラーコードとプログラムの版を添えて報告してください。前回の連結はそのままです。
err-engine-link-import = 表 { $table } の取り込み済みファイルが、取り込み時と異なります。
fix-engine-link-import = 誰かが変更したか、ディスクの障害です。情報システムの安全管理者に知らせたうえで、表を取り込み直してください。
err-engine-link-name = 「{ $table }」は表の名前に使えないか、重複しています。
fix-engine-link-name = 表の名前は英小文字で始め、英小文字・数字・下線を合わせて 63 文字までにしてください。persons、attached、aliases は使えません。
err-engine-link-no_tables = 連結する表がありません。
fix-engine-link-no_tables = 提供用IDのある表を、まず一つ以上取り込んでください。
err-engine-link-persons = 研究の人数が、番号を付けられる上限（約 42.9 億人）を超えます。
fix-engine-link-persons = データを複数の研究に分けてください。
err-engine-link-previous = 前回の連結の個人の一覧が壊れています。
fix-engine-link-previous = バックアップから連結を復元してください。初めから連結し直すこともできますが、全員の番号が変わります。

err-engine-guard-aggregate = 実行できません（{ $clause }）：{ word-construct } は、一人ひとりの値を取り出すことになるか、まだ確認されていない集計です。
fix-engine-guard-aggregate = count、sum、avg、数値や日付の min・max、median、stddev、approx_percentile_cont、corr などを使ってください。
err-engine-guard-cohort = 実行できません（{ $clause }）：コホートは person の列だけから成ります（{ word-construct }）。
fix-engine-guard-cohort = 「select person from … where …」の形で書いてください（person での結合、group by person、having は使えます）。
err-engine-guard-collation = 実行できません（{ $clause }）：個人単位の行どうしを、person 以外の項目で結び付けています（{ word-construct }）。
fix-engine-guard-collation = 個人単位の表は ON a.person = b.person で結合してください（条件の追加は可能です）。群どうしを比べるときは、各表を先に集計し、集計結果を結合してください。
err-engine-guard-correlated = 実行できません（{ $clause }）：副問い合わせが、同じ人とは限らない外側の行の値を使っています（{ word-construct }）。
fix-engine-guard-correlated = 副問い合わせの WHERE 句に「内側.person = 外側.person」を AND で加えてください。
err-engine-guard-expression = 実行できません（{ $clause }）：{ word-construct } は許可された式の一覧にありません。
fix-engine-guard-expression = 比較、四則演算、LIKE、IN、BETWEEN、CASE などで書き換えてください。
err-engine-guard-function = 実行できません（{ $clause }）：関数 { $construct } は許可された関数の一覧にありません。
fix-engine-guard-function = 許可された関数（docs/sql.md に一覧があります）で書き換えてください。now() の代わりには、日付を直接書いてください。
err-engine-guard-mixed_levels = 実行できません（{ $clause }）：個人単位の行を、複数行の集計結果と結び付けています（{ word-construct }）。
fix-engine-guard-mixed_levels = 両方を先に集計するか、(SELECT avg(value) FROM t) のような 1 行の集計と比べてください。
err-engine-guard-node = 実行できません（{ $clause }）：{ word-construct } は許可された構文の一覧にありません。
fix-engine-guard-node = 結合、副問い合わせ、WITH、GROUP BY、UNION で書き換えてください。
err-engine-guard-order = 実行できません（{ $clause }）：個人単位の行を、集計の前に並べ替えたり一部だけ取り出したりしています（{ $construct }）。
fix-engine-guard-order = ORDER BY と LIMIT を外してください。使えるのは集計した結果に対してだけです。一人ひとりの行は、許可された行数で自動的に切られます。
err-engine-guard-person = 実行できません（{ $clause }）：person を値として使っています（{ word-construct }）。
fix-engine-guard-person = person は、別の表の person との等号比較、さらに集計する場合の GROUP BY、IS NULL、件数の計算（count(DISTINCT person)、必要なら FILTER (WHERE …)）にだけ使えます。
err-engine-guard-person_shown = 実行できません（{ $clause }）：結果に person が現れます（{ $construct }）。
fix-engine-guard-person_shown = 結果から person を除くか、count(DISTINCT person) などでもう一段集計してください。
err-engine-guard-row_level = 実行できません（{ $clause }）：結果が個人単位の行になります（{ $construct }）。
fix-engine-guard-row_level = count(*) などの集計関数を加え、必要に応じて GROUP BY を付けてください。
err-engine-guard-statement = 実行できません（{ $clause }）：{ word-construct } は問い合わせではありません。
fix-engine-guard-statement = 実行できるのは SELECT 文一つだけです。
err-engine-guard-table = 実行できません（{ $clause }）：{ $construct } はこの研究の表ではありません。
fix-engine-guard-table = 研究の表を指定するか、先に取り込んでください。
err-engine-guard-window = 実行できません（{ $clause }）：ウィンドウ関数（{ $construct }）はまだ使えません。
fix-engine-guard-window = GROUP BY、副問い合わせ、または集計結果どうしの結合で書き換えてください。

err-engine-query-internal = プログラムの不具合のため、問い合わせに失敗しました。
fix-engine-query-internal = エラーコードとプログラムの版を添えて報告してください。問い合わせ文も、個人に関する値を含まなければ添えてください。
err-engine-query-memory = この問い合わせには、使用できる { $limit } バイトを超えるメモリが必要です。
fix-engine-query-memory = 結合の前に WHERE で絞る、群の数を減らすなどするか、--memory で使えるメモリを増やしてください。ディスクには何も書き出していません。
err-engine-query-output = 結果を書き込めません。
fix-engine-query-output = 出力先と空き容量を確かめてから、もう一度実行してください。
err-engine-query-runtime = システムからスレッドを割り当てられませんでした。
fix-engine-query-runtime = アカウントの上限（メモリ、プロセス数）を確かめてから、もう一度実行してください。
err-engine-query-table = 表 { $table } のファイルを読めません。
fix-engine-query-table = 研究を連結し直してください。再び起きる場合は、ディスクを確かめてください。
err-engine-query-value = データの中に、この問い合わせの計算ができない値があります（数値や日付でない文字列、ゼロによる除算、桁あふれなど）。
fix-engine-query-value = 文字列には TRY_CAST、除数には NULLIF(x, 0)、大きな合計には広い型を使ってください。値そのものは表示しません。

err-engine-sql-ambiguous = 列 { $column } は複数の表にあり、どれかを決められません。
fix-engine-sql-ambiguous = t.{ $column } のように、表の名前か別名を前に付けてください。
err-engine-sql-column = 列 { $column } はありません。
fix-engine-sql-column = つづりを確かめてください。大文字を含む列名は二重引用符（"POINTS"）、文字列の値は一重引用符（'E11'）で囲みます。列名は renketsu study list --json で確かめられます。
err-engine-sql-complex = 問い合わせの演算子と結合が、合わせて { $max } 個を超えています。
fix-engine-sql-complex = 値の並びには IN (…) を使うか、参照表として取り込んで結合してください。
err-engine-sql-function = 関数 { $function } はありません。
fix-engine-sql-function = つづりを確かめるか、ほかの関数で書き換えてください。ファイルやアドレスを読む関数は用意していません。
err-engine-sql-invalid = { $reason ->
    [arguments] 関数に、受け取れない引数が渡されています。
    [grouping] 集計と並んだ列が、GROUP BY にも集計関数にも入っていません。
    [types] 組み合わせられない型どうしを比べたり計算したりしています。
    [unsupported] このエンジンで実行できない構文か、入れ子が深すぎます。
   *[meaning] 問い合わせを解釈できません。
}
fix-engine-sql-invalid = { $reason ->
    [arguments] 引数の数と型を確かめてください。日付や数値は、CAST(x AS text) や、日付なら to_char(x, '%Y-%m') で文字列に直してから渡します。
    [grouping] その列を GROUP BY に加えるか、集計関数に入れてください。
    [types] どちらか一方に CAST(x AS 型) を使ってください。
    [unsupported] 結合、副問い合わせ、WITH、GROUP BY で書き換えてください。
   *[meaning] 一つの表の SELECT count(*) から始めて、少しずつ組み立ててください。
}
err-engine-sql-large = SQL 文の表が { $max } を超えるか（WITH の表は使うたびに数えます）、集計の組み合わせが { $max } を超えています。
fix-engine-sql-large = 複数の SQL 文に分けるか、コホートを保存して次の SQL 文で使ってください。
err-engine-sql-length = 問い合わせが { $max } バイトを超えています。
fix-engine-sql-length = 長い値の並びは、参照表として取り込んで結合してください。
err-engine-sql-statements = 文が { $count } 個あります。
fix-engine-sql-statements = SELECT 文を一つずつ実行してください。
err-engine-sql-syntax = { KEY($line) ->
    [0] 問い合わせが SQL として正しくありません（位置は不明です）。
   *[other] 問い合わせが SQL として正しくありません（{ $line } 行目の { $column } 文字目）。
}
fix-engine-sql-syntax = コンマ、括弧、引用符を確かめてください。全角の引用符やセミコロンが混ざっていないかも確かめてください。
err-engine-sql-table = この研究に表 { $table } はありません。
fix-engine-sql-table = つづりと、取り込みと連結が済んでいることを確かめてください。
err-engine-query-stopped = 質問は回答の前に中止されました。
fix-engine-query-stopped = もう一度実行するか、期間や行数を絞って実行してください。
