# ほかの文の中で使う言葉。値（KEY は変数を選択子の形に直す関数）ごとに一つの名。
# 役割
word-role = { KEY($role) ->
    [authority] 大臣等・支払基金
    [issuer] 大臣等・支払基金の発行側
    [producer] 認定作成事業者
    [workspace] 利用者
   *[other] { $role }
}
word-wanted = { KEY($wanted) ->
    [authority] 大臣等・支払基金
    [issuer] 大臣等・支払基金の発行側
    [producer] 認定作成事業者
    [workspace] 利用者
   *[other] { $wanted }
}
# パッケージの種類
word-kind = { KEY($kind) ->
    [answer] 回答
    [columns] トークンごとの匿名化データの列
    [delivery] 提供
    [extract] 匿名化データ
    [ids] トークンごとの提供用ID
    [references] トークンごとの行参照
    [removal] 除く人の一覧
    [request] 求め
    [stamps] トークンごとの匿名化データの提供用ID
    [subjects] トークンごとの匿名化データの照会値
    [terms] 提供の条件
    [tokens] トークン
   *[other] { $kind }
}
word-found = { KEY($found) ->
    [answer] 回答
    [columns] トークンごとの匿名化データの列
    [delivery] 提供
    [extract] 匿名化データ
    [ids] トークンごとの提供用ID
    [references] トークンごとの行参照
    [removal] 除く人の一覧
    [request] 求め
    [stamps] トークンごとの匿名化データの提供用ID
    [subjects] トークンごとの匿名化データの照会値
    [terms] 提供の条件
    [tokens] トークン
   *[other] { $found }
}
word-expected = { KEY($expected) ->
    [answer] 回答
    [columns] トークンごとの匿名化データの列
    [delivery] 提供
    [extract] 匿名化データ
    [ids] トークンごとの提供用ID
    [references] トークンごとの行参照
    [removal] 除く人の一覧
    [request] 求め
    [stamps] トークンごとの匿名化データの提供用ID
    [subjects] トークンごとの匿名化データの照会値
    [terms] 提供の条件
    [tokens] トークン
   *[other] { $expected }
}
# アーカイブの項目が何か
word-entry = { KEY($what) ->
    [block-device] ブロックデバイス
    [character-device] キャラクターデバイス
    [directory] ディレクトリ
    [extension] 拡張ヘッダー
    [FIFO] 名前付きパイプ
    [hard-link] ハードリンク
    [symbolic-link] シンボリックリンク
   *[other] { $what }
}
# 登録簿の所見の種類
word-finding = { KEY($kind) ->
    [birth_dates_differ] 同じ人の生年月日の相違
    [dates_reversed] 期間の前後が逆
    [field_rejected] 値の不備
    [first_number_shared] 別の人と同じ最初の番号
    [first_number_tied] 最初の番号の候補が複数
    [insurer_check_digit] 保険者番号の検証番号の不一致
    [number_reused] 以前は別の人の番号
    [number_shared] 同じ日に別の人と同じ番号
    [numbers_overlap] 同じ時期に別の番号
    [operation_unknown] 操作が不明か、必要な値がない
    [person_unknown] 登録されていない人
    [row_not_held] 登録簿にない行
    [row_duplicated] 同じ行の重複
    [rows_overlap] 同じ番号の期間の重なり
    [sexes_differ] 同じ人の性別の相違
   *[other] { $kind }
}

err-authority-conformance-differs = { $index } 番目（0 から数える）の回答の「{ $field }」が、このプログラムの計算結果と異なります。
fix-authority-conformance-differs = この回答を、docs/formats/ids.md の手順に沿って一段ずつ比べてください。これより前の回答はすべて一致しています。
err-authority-conformance-form = ファイルが issue.json の形式ではありません（{ $line } 行 { $column } 列）。
fix-authority-conformance-form = vectors/issue.json と構造を比べてください。項目は null も含めてすべて必須で、ほかの項目は置けません。
err-authority-conformance-value = 「{ $name }」の値を使用できません。
fix-authority-conformance-value = 鍵とソルトは小文字の 16 進 64 桁、提供の識別子は英大文字・数字・ハイフン、today は YYYY-MM-DD で書いてください。
err-authority-conformance-row = ファイル内の登録簿の { $index } 番目（0 から数える）の行は受け入れられません：{ word-finding }
fix-authority-conformance-row = その行を直してください。登録簿の行は、すべての項目が正規化できなければなりません。
err-authority-conformance-empty = 「{ $name }」が空のため、比べるものがありません。
fix-authority-conformance-empty = 登録簿の行と回答を少なくとも一つずつ入れてください。
err-authority-conformance-too_large = ファイル内の登録簿が大きすぎます。
fix-authority-conformance-too_large = ファイルを分けて、それぞれを検査してください。
err-authority-conformance-broken = プログラムが自ら正規化した値（{ $what }）を受け付けませんでした。プログラムの不具合です。
fix-authority-conformance-broken = コードとファイルを添えて報告してください。
err-authority-registry-column_missing = { $file } に列「{ $column }」がありません。
fix-authority-registry-column_missing = 登録簿のファイルに、person、kana、birth_date、sex、insurer、symbol、number、branch、valid_from、valid_to の十列をそろえてください（順序は自由。形式は docs/formats/registry.md）。何も読み込んでいません。
err-authority-registry-column_unknown = { $file } の { $column } 番目の列は、登録簿の列ではありません。
fix-authority-registry-column_unknown = その列を取り除いてください。列は person、kana、birth_date、sex、insurer、symbol、number、branch、valid_from、valid_to の十列です（形式は docs/formats/registry.md）。何も読み込んでいません。
err-authority-registry-empty = { $file } には見出し行しかありません。
fix-authority-registry-empty = 登録簿をもう一度書き出してから、読み込んでください。形式は docs/formats/registry.md にあります。使用中の登録簿は変わっていません。
err-authority-registry-refused = { $file } を読み込みませんでした：誤り { $errors } 件、要確認 { $questions } 件、参考 { $notices } 件。該当する行は上に示しました。
fix-authority-registry-refused = { KEY($errors) ->
    [0] 登録簿の実態を確かめてください。要確認の行が実態どおりであれば、--accept-findings を付けて読み込めます（記録に残ります）。実態と違えば、登録簿を直して書き出し直してください。使用中の登録簿は変わっていません。
   *[other] 登録簿の誤りを直し、書き出し直してから、もう一度読み込んでください。形式は docs/formats/registry.md にあります。使用中の登録簿は変わっていません。
}
err-authority-registry-too_large = { $file } は一つの登録簿として扱える大きさを超えています。
fix-authority-registry-too_large = 登録簿を分け、それぞれを大臣等・支払基金の別々のディレクトリに読み込んでください。使用中の登録簿は変わっていません。
err-authority-registry-kept_io = 保管中の登録簿を読めません：{ $reason }。
fix-authority-registry-kept_io = registry ディレクトリのあるディスクを確かめてください。ファイルがなくなっていれば、バックアップから戻すか、登録簿のファイルを読み込み直してください。
err-authority-registry-kept_changed = 保管中の登録簿が、書き込んだものと異なります。一部が変更されたか、切り詰められています。
fix-authority-registry-kept_changed = 情報システムの安全管理者に知らせ、ディスクを確かめたうえで、registry ディレクトリをバックアップから戻すか、登録簿のファイルを読み込み直してください。
err-authority-registry-kept_broken = 保管中の登録簿に、決められた形式でないもの（{ $what }）があります。
fix-authority-registry-kept_broken = プログラムの不具合です。バージョンを添えて報告してください。当面は登録簿のファイルを読み込み直してください。
err-authority-registry-full = { $file } を読み込む空き容量がありません。
fix-authority-registry-full = 大臣等・支払基金のディレクトリのあるディスクに空きを作ってください。読み込みの間は、ファイルの大きさの約 2.5 倍が必要です。使用中の登録簿は変わっておらず、途中のものは何も残っていません。
err-authority-registry-unwritten = { $file } は読めましたが、登録簿を書き込めません：{ $reason }。
fix-authority-registry-unwritten = ディスクとディレクトリの権限を確かめてから、もう一度読み込んでください。使用中の登録簿は変わっていません。
err-authority-registry-no_room = { $file } のための空き容量がありません。
fix-authority-registry-no_room = 大臣等・支払基金のディレクトリのあるディスクに空きを作り、もう一度実行してください。使用中の登録簿は変わっていません。
err-authority-registry-meanwhile = 同時に別のコマンドが登録簿の版を作りました。
fix-authority-registry-meanwhile = renketsu authority registry list で確かめ、まだ必要であればもう一度実行してください。
err-authority-registry-not_held = 提供 { $provision } にはまだ回答も付与もないため、登録簿のどの版とも結び付いていません。
fix-authority-registry-not_held = 何もする必要はありません。最初の回答は最新の版から作られます。
err-authority-registry-changes = 提供 { $provision } の { $persons } 人の ID が変わります。使う版は変えていません。
fix-authority-registry-changes = renketsu authority registry changes --provision { $provision } で確かめてください（--sealed-report FILE で対象者が分かります）。それでも変えるときは --accept-changes を付けて切り替えてください。記録されます。
err-authority-registry-content = 登録簿の版 { $version } を構成する各層の内容が、記録された内容と一致しません。
fix-authority-registry-content = 情報システムの安全管理者に知らせ、ディスクを確かめたうえで、registry ディレクトリをバックアップから戻してください。
err-authority-registry-pruned = 登録簿の版 { $version } は破棄されており、もう読めません。
fix-authority-registry-pruned = renketsu authority registry list で「保管中」と示される版を使ってください。
err-authority-registry-version = 登録簿に版 { $version } はありません。
fix-authority-registry-version = 版の一覧は renketsu authority registry list で見られます。
err-authority-registry-not_loaded = このディレクトリには、まだ登録簿がありません。
fix-authority-registry-not_loaded = 次のコマンドで読み込んでください：renketsu authority registry load --dir DIR ファイル
err-authority-registry-io = 登録簿を { $file } として保管できません。
fix-authority-registry-io = 空き容量とディレクトリの権限を確かめてから、もう一度読み込んでください。使用中の登録簿は変わっていません。
err-authority-party-role = 「{ $name }」の役割は{ word-role }で、大臣等・支払基金ではありません。
fix-authority-party-role = 大臣等・支払基金のディレクトリを --dir で指定してください。
err-authority-init-initialised = このディレクトリの根鍵はすでに作られています。
fix-authority-init-initialised = いまの根鍵をそのまま使ってください。作り直すと、これまでに発行した ID を二度と計算できなくなります。
err-authority-secret-entropy = システムから乱数を得られないため、秘密鍵を作りませんでした。
fix-authority-secret-entropy = システムの乱数が使えるか確かめてから、もう一度実行してください。
err-authority-secret-directory = ディレクトリ { $path } を作れません。
fix-authority-secret-directory = 上位のディレクトリの権限と空き容量を確かめてから、もう一度実行してください。
err-authority-secret-form = { $file } の中身はこのプログラムの秘密鍵ではありません。
fix-authority-secret-form = 情報システムの安全管理者に知らせてください。新しく作らないでください（ID が変わります）。
err-authority-secret-io = { $file } を読み書きできません。
fix-authority-secret-io = ディスク、空き容量、権限を確かめてから、もう一度実行してください。
err-authority-provision-identifier = 「{ $provision }」は提供の識別子として使えません。
fix-authority-provision-identifier = 英大文字・数字・ハイフンの 64 文字以内にしてください（例：P-2026-0001）。
err-authority-provision-study = 「{ $study }」は研究の名前に使えません。
fix-authority-provision-study = 英数字で始まる、英数字・ハイフン・下線だけの 63 文字以内の名前にしてください。
err-authority-provision-exists = 提供 { $provision } はすでにあります。一つの提供は一つの研究だけに属します。
fix-authority-provision-exists = 新しい提供には新しい識別子を付けてください。
err-authority-provision-unknown = このディレクトリに提供 { $provision } はありません。
fix-authority-provision-unknown = 次のコマンドで識別子を確かめてください：renketsu authority provision list --dir DIR
err-authority-provision-closed = 提供 { $provision } は終了しているため、もう発行できません。
fix-authority-provision-closed = 研究が続く場合は、新しい提供を開いてください。
err-authority-provision-changed = 作業の間に提供 { $provision } が変わりました。何も発行していません。
fix-authority-provision-changed = もう一度実行してください。今の条件と制御で行います。だれも変えていないはずなら、記録を確かめてください。
err-authority-provision-salt_left = secrets/issuer に { $provision } のソルトがありますが、この記録には、それを作った開始がありません。提供は開始していません。
fix-authority-provision-salt_left = 状態をバックアップから戻す前に、このソルトで ID を発行した可能性があります。別の識別子で提供を開始し、ソルトが何のものかを管理者が確かめてください。
err-authority-provision-only_pseudonymized = 認定仮名加工医療情報作成事業者の認定だけでは、連結可能な状態で提供できません（法31条1項）。
fix-authority-provision-only_pseudonymized = 認定匿名加工医療情報作成事業者を、提供の認定作成事業者に指定してください。
err-authority-provision-certification_kind = 「{ $kind }」は認定の種類ではありません。
fix-authority-provision-certification_kind = 認定匿名加工医療情報作成事業者であれば、anonymized を指定してください。
err-authority-provision-certification_number = 認定番号がないか、使えない番号です。
fix-authority-provision-certification_number = 認定作成事業者の認定番号を 64 文字以内で指定してください。
err-authority-provision-ground = 「{ $ground }」は、連結可能匿名加工医療情報を作成する根拠ではありません。
fix-authority-provision-ground = 19-1（法19条1項）または 47-1（法47条1項）を指定してください。
err-authority-provision-no_database = 提供に、連結する公的DBが指定されていません。
fix-authority-provision-no_database = 令8条の公的DBを --database で一つ以上指定してください。
err-authority-provision-database_unknown = 「{ $database }」は、連結できる公的DB（令8条）ではありません。
fix-authority-provision-database_unknown = 次の中から指定してください：{ $known }
err-authority-provision-database_refused = 「{ $database }」（{ $name }）は連結できません。
fix-authority-provision-database_refused = 指定から外してください。連結できるのは、令8条に掲げる匿名の情報だけです。
err-authority-provision-item_missing = 利用者の根拠となる令7条の号がありません。根拠なしに連結可能な状態で提供することはできません。
fix-authority-provision-item_missing = --recipient-item で号を指定してください：{ $known }
err-authority-provision-item_unknown = 「{ $item }」は令7条の号ではありません。
fix-authority-provision-item_unknown = 次の中から指定してください：{ $known }
err-authority-provision-untrusted = 指紋 { $fingerprint } の信頼済みカードがありません（役割：{ word-role }）。
fix-authority-provision-untrusted = 相手からカードを受け取り、別の経路で指紋を確かめてから、次のコマンドで登録してください：renketsu trust add --dir DIR ファイル
err-authority-provision-role = 「{ $name }」の役割は{ word-role }です。ここに指定できるのは{ word-wanted }です。
fix-authority-provision-role = 認定作成事業者と利用者を取り違えていないか確かめ、指定し直してください。
err-authority-provision-damaged = 提供 { $provision } の記録が破損しています。
fix-authority-provision-damaged = 検証済みの最新のバックアップから状態を復元し、情報システムの安全管理者に知らせてください。
err-authority-provision-broken = プログラムの不具合のため、処理を中止しました（{ $invariant }）。
fix-authority-provision-broken = コードと実行したコマンドを添えて報告してください。何も変更していません。
err-authority-issue-kind = このパッケージの種類は「{ word-kind }」で、求めではありません。
fix-authority-issue-kind = 認定作成事業者が「renketsu producer request」で作ったファイルを指定してください。
err-authority-issue-producer = 「{ $sender }」は提供 { $provision } の認定作成事業者ではありません。
fix-authority-issue-producer = その提供の認定作成事業者以外には回答しないでください。どの提供についての求めか、送り手に確かめてください。
err-authority-issue-certification_missing = 提供 { $provision } についての求めに、認定作成事業者の認定が書かれていません（法31条1項）。
fix-authority-issue-certification_missing = 認定作成事業者に、「renketsu producer certify」で認定を記録してから求めを作り直すよう依頼してください。
err-authority-issue-certification = 求めに書かれた認定が、提供 { $provision } の認定と異なります。
fix-authority-issue-certification = 種類・番号・根拠を認定作成事業者と照合してください。認定が変わった場合は、新しい提供を開いてください。
err-authority-issue-study = 求めに書かれた研究が、提供 { $provision } の研究と異なります。
fix-authority-issue-study = どちらが正しいか認定作成事業者に確かめてください。一つの提供は一つの研究だけに属します。
err-authority-issue-replayed = 求め { $package } にはすでに回答しています。
fix-authority-issue-replayed = すでにある回答を送ってください。失われた場合は、認定作成事業者に新しい求めを依頼してください。同じ人には同じ ID が発行されます。
err-authority-issue-tables = 求めの表が、「identifiers」ただ一つではありません。
fix-authority-issue-tables = 認定作成事業者に、「renketsu producer request」で求めを作り直すよう依頼してください。
err-authority-issue-column = 求めの列「{ $column }」がないか、位置または型が異なります。
fix-authority-issue-column = 認定作成事業者に求めの作り直しを依頼してください。形式は docs/formats/package.md にあります。
err-authority-issue-columns = 求めに、あるはずのない列があります。
fix-authority-issue-columns = 識別に必要な列以外を送らないよう認定作成事業者に依頼し、このファイルは破棄してください。
err-authority-issue-rows = 求めの行数が、目録に書かれた数と異なります。
fix-authority-issue-rows = 認定作成事業者に求めの作り直しを依頼してください。
err-authority-issue-null = 求めの列「{ $column }」に、値のない行（null）があります。
fix-authority-issue-null = 認定作成事業者に求めの作り直しを依頼してください。不明な値は空の文字列にします。
err-authority-issue-reference_twice = 求めの { $row } 行目の参照番号が、前の行と同じです。
fix-authority-issue-reference_twice = 認定作成事業者に求めの作り直しを依頼してください。参照番号は行ごとに異なります。
err-authority-issue-reference_order = 求めの { $row } 行目が、参照番号の順に並んでいません。
fix-authority-issue-reference_order = 認定作成事業者に求めの作り直しを依頼してください。参照番号の順でなければ、元データの順序が漏れるおそれがあります。
err-authority-issue-kcv = 提供 { $provision } の秘密鍵が、開いたときのものと異なります。
fix-authority-issue-kcv = secrets ディレクトリを検証済みのバックアップから復元し、情報システムの安全管理者に知らせてください。このまま発行しても何とも連結できません。
err-authority-issue-untrusted = 認定作成事業者「{ $name }」のカードは、もう信頼されていません。
fix-authority-issue-untrusted = 別の経路で指紋を確かめてから、次のコマンドでカードを登録し直してください：renketsu trust add --dir DIR ファイル
err-authority-issue-recipient_untrusted = 利用者「{ $name }」のカードは、もう信頼されていません。
fix-authority-issue-recipient_untrusted = 別の経路で指紋を確かめてから、次のコマンドでカードを登録し直してください：renketsu trust add --dir DIR ファイル
err-authority-issue-changed = { $file } が、読み取っている間に書き換えられました。
fix-authority-issue-changed = 求めを、ほかから書き込まれないディレクトリにコピーして、もう一度実行してください。回答は書き出していません。
err-authority-issue-unpublished = 求め { $request } への回答を記録しましたが、{ $file } に書き出せませんでした。
fix-authority-issue-unpublished = この求めは回答済みになりました。認定作成事業者に新しい求めを依頼し、空いている名前を --out で指定してください。同じ人には同じ ID が発行されます。ほかのファイルには触れていません。
err-authority-issue-io = { $file } を読めません。
fix-authority-issue-io = 媒体と読み取り権限を確かめてから、もう一度実行してください。
err-authority-issue-broken = プログラムの不具合のため、処理を中止しました（{ $invariant }）。
fix-authority-issue-broken = コードと実行したコマンドを添えて報告してください。回答は書き出していません。
err-authority-stamp-database = 提供 { $provision } の対象に、公的DB「{ $database }」は含まれていません。
fix-authority-stamp-database = この提供の対象（{ $known }）から指定してください。ほかの公的DBには、新しい提供を開いてください。
err-authority-stamp-approval = 承諾番号が空か、64 文字を超えています。
fix-authority-stamp-approval = 公的DBの利用が承諾された番号を --approval で指定してください。
err-authority-stamp-column = { $file } に列「{ $column }」がありません。
fix-authority-stamp-column = ファイルの見出しと名前を比べ、同じ名前を指定してください。全角と半角、空白も区別されます。
err-authority-stamp-column_type = 列「{ $column }」を文字列として読めません。
fix-authority-stamp-column_type = 個人キーや識別情報の列は、文字列・数値・日付のいずれかに変換してください。
err-authority-stamp-reserved = { $file } に、予約された名前の列「{ $column }」があります。
fix-authority-stamp-reserved = 列の名前を変えるか、--drop で取り除いてください。
err-authority-stamp-identifying = { $file } に、個人を識別しうる列があります：{ $columns }
fix-authority-stamp-identifying = --drop で取り除いてください。誤って判定された列は、名前を変えてください。何も書き出していません。
err-authority-stamp-io = { $file } を読めません。
fix-authority-stamp-io = パスと読み取り権限を確かめてから、もう一度実行してください。
err-authority-stamp-custodians = このディレクトリには照会側の鍵しかなく、提供用IDを作れません。
fix-authority-stamp-custodians = --to-issuer で発行側あてのファイルを指定してください。データの列は --out に入り、提供用IDは発行側が renketsu authority issue FILE --dir DIR --out FILE で作ります。
err-authority-stamp-entropy = システムから乱数を得られないため、行を並べ替えられませんでした。
fix-authority-stamp-entropy = システムの乱数が使えるか確かめてから、もう一度実行してください。
err-authority-stamp-kcv = 提供 { $provision } の秘密鍵が、開いたときのものと異なります。
fix-authority-stamp-kcv = secrets ディレクトリを検証済みのバックアップから復元し、情報システムの安全管理者に知らせてください。このまま付与しても何とも連結できません。
err-authority-stamp-untrusted = 利用者「{ $name }」のカードは、もう信頼されていません。
fix-authority-stamp-untrusted = 別の経路で指紋を確かめてから、次のコマンドでカードを登録し直してください：renketsu trust add --dir DIR ファイル
err-authority-stamp-unpublished = 匿名化データ { $package } を記録しましたが、{ $file } に書き出せませんでした。
fix-authority-stamp-unpublished = 空いている名前を --out で指定して、もう一度実行してください。ID は同じになります。ほかのファイルには触れていません。
err-authority-stamp-broken = プログラムの不具合のため、処理を中止しました（{ $invariant }）。
fix-authority-stamp-broken = コードと実行したコマンドを添えて報告してください。何も書き出していません。
status-number = 番号で一致
status-number_loose = 番号で一致（表記の違い・枝番なし）
status-number_ambiguous = 番号が複数人に該当
status-kana = カナ氏名・生年月日・性別で一致
status-kana_ambiguous = カナ氏名・生年月日・性別が複数人に該当
status-conflict = 番号とほかの項目が不一致
status-not_found = 登録なし
status-invalid = 入力不備
outcome-registered = 個人キーが登録簿にあり
outcome-unknown_person = 個人キーが登録簿になし：ID なし
outcome-service_rejected = 診療年月を読めず：最新のカナ氏名を使用
finding-field_rejected = { $line } 行目：{ $field } の値が受け入れられません（{ word-reject }）
finding-operation_unknown = { $line } 行目：操作が add、end、remove、merge、split のいずれでもないか、必要な値（into、valid_to）がありません
finding-person_unknown = { $line } 行目：登録されていない人です
finding-row_not_held = { $line } 行目：その人にこの行はありません
finding-dates_reversed = { $line } 行目：valid_to が valid_from より前です
finding-birth_dates_differ = { $line } 行目：同じ人の{ $other }と生年月日が異なります
finding-sexes_differ = { $line } 行目：同じ人の{ $other }と性別が異なります
finding-row_duplicated = { $line } 行目：{ $other }と同じ行です
finding-rows_overlap = { $line } 行目：同じ人・同じ番号の{ $other }と期間が重なっています
finding-number_shared = { $line } 行目：同じ日に同じ番号が別の人にもあります（{ $other }）
finding-numbers_overlap = { $line } 行目：同じ人が同じ保険者で同じ時期に別の番号を持っています（{ $other }）
finding-first_number_shared = { $line } 行目：最初の番号が、別の人の最初の番号と同じです（{ $other }）。どちらの人にも number_id を付けません
finding-number_reused = { $line } 行目：以前は別の人の番号でした（{ $other }）
finding-first_number_tied = { $line } 行目：最初の番号としました。同じ日に始まる番号がほかにあります（{ $other }）
finding-insurer_check_digit = { $line } 行目：保険者番号の検証番号が合いません
severity-error = 誤り（読み込みません）
severity-question = 要確認（承認しなければ読み込みません）
severity-notice = 参考
err-authority-verifiable-entropy = システムから乱数を得られないため、目隠しも証明も行いませんでした。
fix-authority-verifiable-entropy = システムの乱数が使えるか確かめてから、もう一度実行してください。
err-authority-verifiable-broken = プログラムの内部に矛盾がありました（{ $invariant }）。プログラムの不具合です。
fix-authority-verifiable-broken = コードを添えて報告してください。
