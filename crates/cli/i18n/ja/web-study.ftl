# 研究のページ。
web-none = なし
web-version = 第 { $version } 版
web-print-blocked = このページは印刷できません。印刷が必要なときは帳票を作成してください（作成帳票管理簿に記録されます）。
web-studies-title = 研究
web-studies-none = 研究はまだありません。
web-studies-caption = この利用環境の研究（データは表示しません）
web-study = 研究
web-study-title = 研究 { $study }
web-study-state = 状態
web-study-state-word = { KEY($state) ->
    [preparing] 準備中（未連結）
    [in-use] 利用中
    [suspended] 停止中
    [ended] 利用終了
   *[other] { $state }
}
web-study-provision = 提供
web-study-made = 作成日時
web-study-link = 連結
web-study-unlinked = 未連結
web-study-rows = 一人ひとりの行
web-study-rows-cap = { $cap } 行まで許可
web-study-rows-none = 許可されていません（集計だけを表示します）
web-study-terminals = 端末
web-study-no-terminals = 登録された端末はありません
web-study-new = 研究を作成する
web-study-new-lead = 一つの研究は一つの提供に対応します。作成すると、保管庫に研究ごとの鍵ができます。続いて、研究用の端末の登録、役割の付与、パッケージの受領を行います。
web-study-name = 研究の名前
web-study-name-hint = 英数字、ハイフン、下線（先頭は英数字、63文字まで）。後から変えられません。
web-study-provision-hint = 契約にある提供の識別子（英大文字、数字、ハイフン。例：P-2026-0001）。
web-study-tables = 表
web-study-no-tables = 取り込まれた表はまだありません。
web-study-tables-caption = 種類ごとの表の数
web-study-count = 表の数
web-study-terms = 提供ごとの合意
web-study-no-terms = 合意が記されたパッケージからの表はありません。
web-study-delivery = 提供 { $package }
web-study-imported = 取り込んだ日時
web-study-purpose = 利用目的
web-study-contract = 契約
web-study-period = 利用期間
web-study-places = 利用場所
web-data-title = データ目録
web-data-lead = 表と列の説明です。行の値は表示しません。日本語名・単位・符号表は、データの提供元が付けたものです。
web-data-tables = 表の一覧
web-data-kind = 種類
web-data-kind-word = { KEY($kind) ->
    [anonymized] 匿名加工医療情報
    [dpc] DPC
    [kaigo] 介護
    [ndb] NDB
    [reference] 参照表
    [removed] 除いた人の表
   *[other] { $kind }
}
web-data-confirm = 確認を待つ参照表
web-data-confirm-lead = 人の情報を含まないと述べられた表です。公表された内容と上の列を見て、二人目として確認すると、SQLから使えるようになります。
web-data-confirm-do = 人の情報がないことを確認する
web-data-approved = 確認済み
web-data-unapproved = 未確認（SQLからは見えません）
web-data-version = 最新の版
web-data-linked = 連結された版
web-data-old-link = 最新の版は次の連結のあとで見えます
web-data-not-linked = 未連結（SQLからは見えません）
web-data-rows = 行数
web-data-columns = { $table } の列
web-data-column = 列
web-data-label = 日本語名
web-data-type = 型
web-data-unit = 単位
web-data-codes = 符号表
web-data-codes-count = { $count } 件
web-data-missing = 欠損の割合
web-data-missing-unknown = 未集計
web-data-more = ほかに { $count } 列は省略しました。
web-data-codes-of = { $column } の符号表
web-data-code = 符号
web-data-meaning = 意味
web-data-more-codes = ほかに { $count } 件は省略しました。
web-link-title = 連結の報告 第 { $version } 版
web-link-at = 連結した日時
web-link-persons = 連結された人
web-link-by-number = うち番号で分かる人
web-link-by-kana = うちカナIDだけで分かる人
web-link-statuses = 各表の行（状態別）
web-link-statuses-text = 表ごとに、番号で付いた行、カナで付いた行、カナだけの人の行、未連結の行の割合を横棒で示します。数値は下の表にあります。
web-link-statuses-caption = 各表の行数（状態別）と人数
web-link-sets = 現れる表の組み合わせごとの人数
web-link-pairs = 二つの表に共通する人数
web-link-no-sets = 表が多いため、組み合わせごとの人数は省略し、二つずつの人数だけを示します。
web-link-sets-text = 表の組み合わせごとの人数を、多い順に横棒で示します。数値は下の表にあります。
web-link-sets-caption = 表の組み合わせと人数（多い順）
web-link-tables = 表の組み合わせ
web-link-nothing-shared = 示す組み合わせはありません。
web-link-rest = ほかに小さい組み合わせ { $count } 個は省略しました。
web-link-agreement = 表どうしの一致
web-link-agreement-caption = 同じ人について、複数の表の値が一致するか（人数）
web-link-agree = 一致
web-link-disagree = 不一致
web-link-several = 一つの表に複数の値
web-link-removals = 除いた人
web-link-removals-caption = 除いた人の表の行と人
web-link-nobody = だれも示さない行
web-link-first = 最初の版です。
web-link-changes = 前の版との違い
web-link-appended = 追加された人
web-link-merged = 同一と分かり統合された人
web-link-undone = 連結を取り消した行
web-link-moved = 付き先が変わったカナID
web-link-beginning = 表を連結しています。
web-link-linking = 表を連結しています（{ KEY($stage) ->
    [linking] 連結
    [reading] 読み取り
    [recording] 記録
   *[writing] 書き込み
}、{ $rows } 行{ KEY($of) ->
    [EMPTY] {""}
   *[other] {" "}/ { $of } 行
}）。
web-link-done = 表を連結しました（第 { $version } 版）。
web-link-waiting = まだ連結していない表があります：{ $tables }。これらの表（または最新の版）は、次に連結するとSQLで使えるようになります。
web-link-run = 連結する
web-link-nothing = まだ表を取り込んでいないため、連結するものがありません。パッケージの取り込みは「パッケージ」で行います。
web-sql-title = SQL
web-sql-lead = 連結した表に問い合わせます。人ごとの行は許可があるときだけ表示され、拒否された文には根拠の条項を示します。表と列の名前:
web-sql-statement = SQL文
web-sql-hint = SELECT文をひとつ。問い合わせたことは記録に残り、文そのものは暗号化して保存されます。
web-sql-editor = SQL文の編集欄。Ctrl+Enter で実行します。
web-sql-run = 実行する
web-sql-keep-title = この文を保存する
web-sql-name = 名前
web-sql-name-hint = 80文字まで。患者や個人に関することは書かないでください。
web-sql-keep = 保存する
web-sql-kept = 保存した文
web-sql-examples = はじめの例
web-sql-example = それぞれの表に何人いるかを数えます。
web-sql-kept-none = 保存した文はありません。
web-sql-kept-caption = 自分が保存した文（名前を選ぶと上の欄に入ります）
web-sql-kept-at = 保存日時
web-sql-remove = 削除
web-sql-remove-named = 「{ $name }」を削除
web-questions-own = 自分の実行履歴
web-questions-all = 研究の実行履歴（全員）
web-questions-all-lead = だれが何を問い合わせたかを示します。回答は本人のほかには表示されません。
web-questions-none = まだ実行していません。
web-questions-caption = 問い合わせ（新しい順、200件まで）
web-question = 番号
web-question-number = 問い合わせ { $number }
web-question-at = 実行日時
web-question-who = 取扱者ID
web-question-state = 状態
web-question-state-word = { KEY($state) ->
    [running] 実行中
    [answered] 回答済み
    [refused] 拒否
    [cancelled] 中止
    [failed] 失敗
   *[other] { $state }
}
web-question-rows = 回答の行数
web-question-took = かかった時間
web-question-ms = { $ms } ミリ秒
web-question-again = 文を開く
web-question-again-number = 問い合わせ { $number } の文を開く
web-question-erased = （文は消去されました）
web-question-running = 実行中です。このページは自動で更新されます。
web-question-cancel = 中止する
web-question-reload = いま更新する
web-question-refused = 回答できません
web-question-gone = 回答はもう残っていません。回答はサーバーのメモリーにだけ置き、60分たつか、サインアウトすると消えます。必要ならもう一度実行してください。
web-question-not-yours = 回答は、問い合わせた本人のセッションにだけ表示されます。
web-question-ended = { KEY($state) ->
    [cancelled] この問い合わせは中止されました。
    [refused] この問い合わせは拒否されました。理由の詳細は残っていません。もう一度実行すると表示されます。
   *[other] この問い合わせは回答の前に終わりました。もう一度実行してください。
}
web-question-edit = この文を直して実行する
web-answer = 回答
web-answer-small = { $rows } 行は人数が少なく、公表の前に伏せる必要がありえます。印を付けて示します。
web-answer-row-level = この回答には一人ひとりの行が含まれます。研究責任者の許可にもとづきます。
web-answer-cut = 上限の { $rows } 行で切りました。これより多くの行がありえます。
web-answer-empty = 該当する行はありません。
web-answer-caption = { $from } 行目から { $to } 行目（全 { $all } 行）
web-answer-row = 行
web-answer-mark = 印
web-answer-few = 少人数
web-answer-pages = 回答のページ
web-answer-before = 前の行
web-answer-after = 次の行
web-chart = 図にする
web-chart-kind = 図の種類
web-chart-kind-word = { KEY($kind) ->
    [bar] 棒グラフ
    [line] 折れ線グラフ
    [histogram] ヒストグラム
    [box] 箱ひげ図
   *[other] { $kind }
}
web-chart-of = 見出し・区分の列
web-chart-of-none = なし
web-chart-numbers = 数値の列
web-chart-draw = 描く
web-chart-title-bar = { $of } ごとの { $numbers }（棒グラフ）
web-chart-title-line = { $of } ごとの { $numbers }（折れ線グラフ）
web-chart-title-histogram = { $numbers } のヒストグラム
web-chart-title-box = { $of } ごとの { $numbers }（箱ひげ図）
web-chart-description = この回答の列から描いた図です。同じ数値が下の表にあります。
web-chart-table = 図の数値
web-chart-missing = （値なし）
web-chart-all = 全体
web-chart-row = 行
web-chart-range = 範囲（下端を含む）
web-chart-count = 件数
web-chart-least = 最小
web-chart-lower = 第1四分位
web-chart-median = 中央値
web-chart-upper = 第3四分位
web-chart-greatest = 最大
web-chart-nothing = 描く数値がありません。
web-chart-no-number = { $row } 行目の値は数値ではありません。数値の列を選んでください。
web-chart-many = 図にできるのは { $max } 個までです。GROUP BY や LIMIT で減らしてください。
web-report-make = 帳票を作成
web-report-make-lead = このページの内容を、作成帳票管理簿の番号を付けて印刷できるページにします。作成と表示は記録に残ります。内容は保存されません。
web-report-make-do = 帳票を作成する
web-report-name = 名称
web-report-name-hint = 200文字まで。集計の値や、患者・個人に関することは書かないでください。
web-report-note = 目的・備考
web-report-copies = 部数
web-report-copies-hint = 印刷する部数。1 から 99 まで。
web-report-number = 帳票番号
web-report-kind = 区分
web-report-kind-word = { KEY($kind) ->
    [answer] 問い合わせの回答
    [link] 連結の報告
    [catalogue] データ目録
   *[other] { $kind }
}
web-report-of = 元
web-report-of-answer = 問い合わせ { $number }
web-report-of-link = 連結 第 { $number } 版
web-report-at = 作成日時
web-report-by = 作成者
web-report-digest = 照合値
web-report-gone = この帳票の内容は、もう表示できません。回答は60分たつかサインアウトすると消え、連結やデータ目録は新しい版に替わっています。帳票番号と管理簿の記載は残ります。必要なら新しい帳票を作成してください。
web-report-print = このページだけが印刷できます。印刷した部数が上の部数と違うときは、管理簿の訂正を利用場所管理者に申し出てください。
web-report-back = 元のページへ戻る
web-report-foot = 公表物確認前の生成物です。利用場所から持ち出さず、取扱者以外に見せないでください（4-3-3①、4-3-5②）。公表の前に公表物確認が必要です。

err-web-ask-busy_own = 前の問い合わせがまだ実行中です。
fix-web-ask-busy_own = 終わるのを待つか、実行履歴から中止してください。
err-web-ask-busy_others = いま実行できる問い合わせの数に達しています。
fix-web-ask-busy_others = 少し待ってから、もう一度実行してください。
err-web-ask-large = 回答が大きすぎて、画面に表示できません。
fix-web-ask-large = GROUP BY や LIMIT で行を減らしてください。
err-web-ask-unrecorded = この問い合わせの終わりを記録できなかったため、回答は表示できません。
fix-web-ask-unrecorded = ディスクの空きなどを情報システム運用責任者に確認してもらい、もう一度実行してください。
err-workspace-catalogue-io = データの説明のファイル { $path } を読めません。
fix-workspace-catalogue-io = 保管庫の媒体が接続されているかを確かめてください。
err-workspace-catalogue-changed = データの説明のファイル { $path } が書き込んだ時と異なります。
fix-workspace-catalogue-changed = renketsu study verify で照合し、必要ならバックアップから復元してください。
err-workspace-desk-empty = SQL文が空です。
fix-workspace-desk-empty = SELECT文を入力してください。
err-workspace-desk-long = SQL文が長すぎます（上限 { $max } バイト）。
fix-workspace-desk-long = 文を短くするか、いくつかに分けてください。
err-workspace-desk-name = 名前は1文字から { $max } 文字までです。
fix-workspace-desk-name = 改行などを除いた短い名前を付けてください。
err-workspace-desk-nothing = その問い合わせはありません。
fix-workspace-desk-nothing = 実行履歴から選んでください。
err-workspace-desk-changed = 保存された文が、書き込んだ時と異なります。
fix-workspace-desk-changed = 状態が書き換えられたおそれがあります。情報システムの安全管理者に連絡してください。
web-data-type-word = { $type ->
    [Boolean] 真偽
    [Date32] 日付
    [Float64] 小数
    [Int64] 整数
    [Utf8] 文字
   *[other] { $type }
}
err-workspace-report-text = { $field } が空か、長すぎるか、使えない文字を含みます。
fix-workspace-report-text = 1行、200文字までで入力してください。
err-workspace-report-copies = 部数は 1 から { $max } までです。
fix-workspace-report-copies = 印刷する部数を半角の数字で入力してください。
err-workspace-report-day = 廃棄の日付として読み取れないか、作成した日より前です。
fix-workspace-report-day = 日付を確かめてください。
err-workspace-report-gone = 帳票にする内容が、もう残っていません。
fix-workspace-report-gone = 元のページを開き直し、必要ならもう一度実行してから作成してください。
err-workspace-report-rows = 帳票にできる行は { $max } 行までです。
fix-workspace-report-rows = GROUP BY や LIMIT で行を減らしてください。
err-workspace-report-nothing = その帳票はありません。
fix-workspace-report-nothing = 帳票番号を確かめてください。開けるのは、このセッションで作成した帳票だけです。
err-workspace-report-line = 訂正する行が、この帳票の同じ種類の行でないか、すでに訂正されています。
fix-workspace-report-line = 帳票と行の種類を確かめ、最後の行を選んでください。
web-study-suspended = この研究は停止しています。再開するまで、誰もデータに触れません。
web-study-suspend = この研究をただちに停止する
web-study-suspend-lead = 実行中の問合せは回答なしで終わり、画面の回答は消え、再開するまで受領・連結・問合せはできません。始まっている取込みと連結は最後まで進みます。事故が疑われるときに使います（4-3-1.incidents）。
web-study-resume = 研究を再開する
web-study-resume-lead = 研究の利用者は、再びデータを扱えるようになります。
err-workspace-suspension-not_suspended = この研究は停止していません。
fix-workspace-suspension-not_suspended = ページを開き直してください。
err-workspace-suspension-suspended = この研究はすでに停止しています。
fix-workspace-suspension-suspended = ページを開き直すと、誰がなぜ停止したかが分かります。
err-workspace-suspension-why = 理由が空か、200 文字を超えています。
fix-workspace-suspension-why = 理由を一行で入力してください。
err-workspace-suspension-no_study = ここにはその研究がありません。
fix-workspace-suspension-no_study = 研究の一覧を開いてください。
