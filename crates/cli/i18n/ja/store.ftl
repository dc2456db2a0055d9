# ほかの文の中で使う言葉。値（KEY は変数を選択子の形に直す関数）ごとに一つの名。
# どの種類のものか
word-what = { KEY($what) ->
    [approval-of-reference-table] 参照表の確認
    [attached-table] ID を付けた表
    [certificate] 証明書
    [closing] 終了の手続き（提供）
    [cohort] コホート
    [counterpart] もう一人の保管者（提供）
    [entry-of-the-log] ログの記録
    [epoch] 世代
    [file] 保管庫のファイル
    [key-of-study] 研究の鍵
    [link] 連結
    [application] 申出
    [delegation] 委託
    [fee-notice] 手数料の通知
    [forwarded-delivery] 受け渡した提供データ
    [session-of-the-meter] 計時
    [provision] 提供
    [reference-table] 参照表
    [request] 求め
    [study] 研究
    [table] 表
    [volume] 専用ボリューム
   *[other] { $what }
}
# 表の種類。行と人の数。記録の項目。
word-table-kind = { KEY($kind) ->
    [anonymized] 匿名加工医療情報
    [dpc] DPC
    [kaigo] 介護
    [ndb] NDB
    [reference] 参照表
   *[other] { $kind }
}
word-rows = { $rows } 行
word-persons = { $persons } 人
word-field = { KEY($field) ->
    [care_number] 介護の被保険者番号
    [identifier] 被保険者の識別子
    [person] 本人
    [period] 期間
    [qualification] 資格
    [birth_date] 生年月日
    [branch] 枝番
    [insurer] 保険者番号
    [kana] カナ氏名
    [number] 番号
    [service] 診療日
    [sex] 性別
    [symbol] 記号
   *[other] { $field }
}
# 入出力の理由（std::io::ErrorKind の言葉）。言うことがなければ括弧ごと消える
word-io = { KEY($reason) ->
    [argument-list-too-long] （引数が長すぎます）
    [broken-pipe] （出力先が閉じられました）
    [directory-not-empty] （ディレクトリが空ではありません）
    [entity-already-exists] （すでに存在します）
    [entity-not-found] （ファイルまたはディレクトリがありません）
    [file-too-large] （ファイルが大きすぎます）
    [invalid-data] （内容が壊れています）
    [invalid-filename] （ファイル名に使えない文字があるか、長すぎます）
    [invalid-input-parameter] （ファイル名として使えません）
    [is-a-directory] （ファイルではなくディレクトリです）
    [no-storage-space] （空き容量がありません）
    [not-a-directory] （途中のパスがディレクトリではないか、リンクです）
    [out-of-memory] （メモリが足りません）
    [permission-denied] （権限がありません）
    [quota-exceeded] （割り当てられた容量を超えます）
    [read-only-filesystem-or-storage-medium] （書き込みできない媒体です）
    [resource-busy] （ほかのプログラムが使用中です）
    [seek-on-unseekable-file] （通常のファイルではありません）
    [stale-network-file-handle] （ネットワーク上のファイルに接続できません）
    [timed-out] （時間内に応答がありません）
    [unexpected-end-of-file] （ファイルが途中で終わっています）
   *[other] {""}
}

err-store-io = 状態ファイル { $path } を使用できません。
fix-store-io = ディレクトリが存在し、ローカルディスク上にあり、自分の所有であること、読み書きの権限と空き容量があることを確かめてから、もう一度実行してください。
err-store-full = 空き容量がないため、状態ファイル { $path } を書き込めません。何も変更していません。
fix-store-full = ディスクの空き容量を確保してから、もう一度実行してください。
err-store-busy = このディレクトリでは別のコマンドが作業中です（{ $path }）。
fix-store-busy = 終わるのを待ってから、もう一度実行してください。
err-store-damaged = { $path } は破損しているか、renketsu の状態ファイルではありません。
fix-store-damaged = 削除しないでください。検証済みの最新のバックアップから復元し、破損したファイルは情報システムの安全管理者のために保存してください。
err-store-newer = { $path } は、より新しい版の renketsu で書かれています（状態の版 { $version }）。
fix-store-newer = その版以降の renketsu を使用してください。
err-store-replayed = { KEY($part) ->
    [EMPTY] パッケージ { $package } はすでに受け取り済みです。同じパッケージは一度しか受け取れません。
   *[other] パッケージ { $package } の表 { $part } はすでに受け取り済みです。同じ表は一度しか受け取れません。
}
fix-store-replayed = { KEY($part) ->
    [EMPTY] 二重に届いただけであれば、そのままにしてください。内容が新しいはずであれば、送り手に新しいパッケージを依頼してください。
   *[other] この提供の研究に、表「{ $part }」として取り込み済みです。その名前で使ってください。内容が新しいはずであれば、送り手に新しいパッケージを依頼してください。
}
err-store-exists = { KEY($what) ->
    [approval-of-reference-table] 参照表「{ $name }」はすでに確認済みです。
    [study-of-provision] 提供「{ $name }」の研究はすでに存在します。一つの提供は一つの研究だけに属します。
   *[other] { word-what }「{ $name }」はすでに存在します。
}
fix-store-exists = { KEY($what) ->
    [approval-of-reference-table] 何もする必要はありません。
    [study-of-provision] 既存の研究を使ってください。次のコマンドで確かめられます：renketsu study list --dir DIR
   *[other] 別の名前を使うか、既存のものを使ってください。
}
err-store-missing = { word-what }「{ $name }」は存在しません。
fix-store-missing = 名前を確かめてください。大文字と小文字は区別されます。
err-store-chain = 記録の連鎖が { $seq } 番目から合いません。プログラムの外で書き換えられています。
fix-store-chain = このディレクトリでの作業を止め、情報システムの安全管理者に知らせてください。ファイルはそのまま保存してください。
err-store-statement = プログラムが、状態ファイルに対して想定外の処理をしました。プログラムの不具合です。
fix-store-statement = コードと実行したコマンドを添えて報告してください。何も変更していません。
err-store-lost = { $work } があるのに、状態ファイル { $path } がありません。
fix-store-lost = 検証済みの最新のバックアップから状態ファイルを復元してください。新しく作ると、行われたことの記録が失われるため、プログラムは作りません。
err-store-pinned = 提供 { $provision } が使う登録簿は版 { $version } で、このコマンドが始めたときの版ではありません。
fix-store-pinned = その間に別のコマンドが変更しました。もう一度実行してください。何も変更していません。
err-store-catalogue = 研究 { $study } のファイルの目録を、その間に別のコマンドが変更しました（変更 { $recorded }）。
fix-store-catalogue = もう一度実行してください。何も変更していません。
err-store-older = 研究 { $study } のファイルの目録が、最後に記録されたもの（変更 { $recorded }）ではありません。古いものに戻されたか、新しいものが取り除かれています。
fix-store-older = この研究での作業を止め、情報システムの安全管理者に知らせてください。状態とファイルを、同じ時点の検証済みバックアップから復元してください。
err-store-keys = 状態 { $path } は組織の鍵で証明されており、鍵なしでは変更できません。
fix-store-keys = パスフレーズを尋ねる方法で実行してください。尋ねられない場合はプログラムの不具合です。報告してください。
err-store-unproven = 状態 { $path } に作業の記録がありますが、この組織が書いたという証明がありません。
fix-store-unproven = 状態の証明がなかった版で作ったディレクトリであれば、一覧と記録を確かめてから、一度だけ次を実行してください：renketsu state adopt --dir DIR。そうでなければ、証明が取り除かれています。作業を止め、ファイルをそのまま保存し、情報システムの安全管理者に知らせてください。
err-store-edited = 状態 { $path } の「{ $table }」の行が、プログラムの書いたものではありません。外から変更、追加、または削除されています。
fix-store-edited = この状態は何も信用しません。このディレクトリでの作業を止め、ファイルをそのまま保存し、情報システムの安全管理者に知らせ、検証済みの最新のバックアップから復元してください。
err-store-trust_older = { $path } の信頼済みカードの一覧（第 { $serial } 版）が、記録にある版（第 { $recorded } 版）より古いものです。外から戻されています。信頼をやめたカードが含まれている可能性があります。
fix-store-trust_older = このディレクトリでの作業を止め、情報システムの安全管理者に知らせ、検証済みの最新のバックアップから復元してください。
err-store-trust = { $path } の信頼済みカードの一覧が、記録に最後に書かれたものではありません。別のものが置かれたか、新しいものが取り除かれたか、記録が変えられています。
fix-store-trust = このディレクトリでの作業を止め、情報システムの安全管理者に知らせ、検証済みの最新のバックアップから復元してください。
err-store-halted = 状態 { $path } は { $since } にバックアップから復元され、まだ確認されていません。バックアップの後に行った求め、回答、受け取り、取りやめは、ここの記録にありません。
fix-store-halted = 何も行っていません。ほかが持つログの最新の署名（立会人のもの、控えたもの）や書面、相手の組織が送受信したものと照らし合わせ、その後にやめたこと・除いたことをもう一度行ってください。その上で、別の人が確認してください：renketsu state confirm --dir DIR --reason 理由 --approved-by 確認者
err-store-confirm-name = 確認には、責任を持つ人の名前（1 行）が要ります。
fix-store-confirm-name = 別の人の名前を --approved-by で指定してください。何も記録していません。
err-store-confirm-not_halted = この組織は停止していません。状態がバックアップから復元されていないか、すでに確認されています。
fix-store-confirm-not_halted = することはありません。現状は次で分かります：renketsu state check --dir DIR
err-store-confirm-reason = 確認には、1 行で 500 字以内の理由が要ります。
fix-store-confirm-reason = 何と照らし合わせ、どうだったかを --reason で指定してください。何も記録していません。
err-store-confirm-same_person = { $name } は、この組織のカードの名前です。自分の状態を自分で確認することはできません。
fix-store-confirm-same_person = 別の人に見てもらい、その人の名前を --approved-by で指定してください。何も記録していません。
err-store-unsealed = システムから乱数が得られず、状態 { $path } の証明を作れませんでした。何も変更していません。
fix-store-unsealed = システムの管理者に知らせてから、もう一度実行してください。
err-backup-io = { $path } を読めません{ word-io }。
fix-backup-io = 権限を確かめてから、もう一度実行してください。何も残していません。
err-backup-foreign = { $path } はこのプログラムのファイルではありません。
fix-backup-foreign = ディレクトリの外に移してから、もう一度実行してください。
err-backup-not_empty = { $path } にはすでに何かがあります。
fix-backup-not_empty = 新しいディレクトリか、空のディレクトリを指定してください。それ以外には復元しません。
