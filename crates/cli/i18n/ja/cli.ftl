failure-what = エラー [{ $code }]：{ $what }
failure-system = システム：{ word-io }
failure-system-number = システム：エラー番号 { $number }
failure-next = 次に：{ $next }

err-cli-file-missing = { $path } はありません。
fix-cli-file-missing = パスを確かめてください。
err-cli-file-parent = { $path } の置き場所のディレクトリがありません。
fix-cli-file-parent = パスを確かめるか、先にディレクトリを作ってください。
err-cli-file-exists = { $path } はすでに存在します。上書きはしません。
fix-cli-file-exists = 新しいファイル名を指定するか、古いファイルを移してください。
err-cli-file-io = { $path } を読み書きできません。
fix-cli-file-io = 権限と空き容量を確かめてから、もう一度実行してください。
err-cli-file-directory = { $path } はディレクトリです。ファイルを指定してください。
fix-cli-file-directory = ファイルを一つ指定してください。
err-cli-file-large = { $path } は検査値のファイルとしては大きすぎます。
fix-cli-file-large = ファイル名を確かめてください。
err-cli-file-encoding = { $path } は UTF-8 ではありません。
fix-cli-file-encoding = UTF-8 で保存してください。
err-cli-dir-missing = ディレクトリ { $path } はありません。
fix-cli-dir-missing = 次のコマンドで作成してください：renketsu init --dir { $path }
err-cli-output-failed = 出力を書き込めませんでした。
fix-cli-output-failed = 出力先を確かめてから、もう一度実行してください。
err-cli-output-closed = 出力先が閉じられました。
fix-cli-output-closed = 何もする必要はありません。
err-cli-panic = プログラムの不具合のため、コマンドが止まりました（{ $place }）。
fix-cli-panic = エラーコード、括弧内の場所、プログラムの版を添えて報告してください。途中の作業は、もう一度実行すれば初めから行われます。
err-cli-party-unknown = 「{ $party }」という名前の信頼済みカードはありません。
fix-cli-party-unknown = 「renketsu trust list」で確かめ、「renketsu trust add ファイル」で追加してください。
err-cli-party-unclear = 該当する信頼済みカードが複数あります：{ $parties }
fix-cli-party-unclear = --to で一つ指定してください。
err-cli-role-other = このディレクトリの組織の役割は{ $role }ですが、このコマンドは{ $needed }のものです。
fix-cli-role-other = その役割の組織のディレクトリを --dir に指定してください。
err-cli-init-again = { $path } にはすでに鍵があります。鍵は決して置き換えません。
fix-cli-init-again = 別の組織には別のディレクトリを使ってください。
err-cli-kcv-form = 鍵確認値を読み取れません。
fix-cli-kcv-form = number=16進16桁,kana=16進16桁 の形で入力してください。
err-cli-passphrase-missing = 鍵のパスフレーズが必要ですが、入力できる端末がありません。
fix-cli-passphrase-missing = ファイル記述子で与えるか（--passphrase-fd 3 3< ファイル）、systemd のクレデンシャル renketsu-passphrase で与えてください。
err-cli-passphrase-vault_missing = 保管庫のパスフレーズが必要ですが、入力できる端末がありません。
fix-cli-passphrase-vault_missing = ファイル記述子で与えるか（--vault-passphrase-fd 3 3< ファイル）、systemd のクレデンシャル renketsu-vault-passphrase で与えてください。
err-cli-passphrase-second_vault_missing = 保管庫のパスフレーズのうち二人目の保管者の分が必要ですが、入力できる端末がありません。
fix-cli-passphrase-second_vault_missing = ファイル記述子で与えるか（--second-vault-passphrase-fd 4 4< ファイル）、systemd のクレデンシャル renketsu-second-vault-passphrase で与えてください。この保管庫は、保管者二人がそろわないと開けません。
err-cli-passphrase-pin_missing = 鍵トークンの PIN が必要ですが、入力できる端末がありません。
fix-cli-passphrase-pin_missing = ファイル記述子で与えるか（--token-pin-fd 4 4< ファイル）、systemd のクレデンシャル renketsu-token-pin で与えてください。
err-cli-passphrase-differ = 二つのパスフレーズが一致しません。
fix-cli-passphrase-differ = もう一度実行し、同じパスフレーズを二回入力してください。
err-cli-passphrase-encoding = { $path } のパスフレーズは UTF-8 ではありません。
fix-cli-passphrase-encoding = UTF-8 の一行として保存してください。
err-cli-passphrase-descriptor = ファイル記述子 { $descriptor } が開いていません。
fix-cli-passphrase-descriptor = 同じコマンドで開いてください：{ $option } 3 3< FILE
err-cli-trust-unconfirmed = { $name } の指紋を別の経路で確認する必要がありますが、入力できる端末がありません。
fix-cli-trust-unconfirmed = 相手に電話や書面で確認し、聞いた指紋を --fingerprint で与えてください。
err-cli-usage-missing = 必要な指定がありません：{ $argument }
fix-cli-usage-missing = 追加してください。--help で引数を確認できます。
err-cli-usage-command = コマンド「{ $command }」はありません。
fix-cli-usage-command = --help でコマンドを確認してください。
err-cli-usage-unknown = 引数「{ $argument }」はありません。
fix-cli-usage-unknown = --help で引数を確認してください。
err-cli-usage-value = 「{ $value }」は { $argument } に指定できません。
fix-cli-usage-value = { $choice ->
    [one] 次のいずれかを指定してください：{ $wanted }
    [form] 次の形で指定してください：{ $wanted }
   *[none] --help で引数を確認してください。
}
err-cli-usage-empty = { $argument } の値がありません。
fix-cli-usage-empty = { $choice ->
    [none] オプションの後に値を書いてください。
   *[other] オプションの後に値を書いてください：{ $wanted }
}
err-cli-usage-conflict = { $argument } と { $other } は同時に指定できません。
fix-cli-usage-conflict = どちらか一方にしてください。
err-cli-usage-twice = { $argument } が二度指定されています。
fix-cli-usage-twice = 一度だけ指定してください。
err-cli-usage-other = 引数を解釈できません。{ $argument }
fix-cli-usage-other = --help で引数を確認してください。
usage-least = { $least } 以上の整数
usage-number = 整数

passphrase-ask = 鍵のパスフレーズ：{" "}
passphrase-new = 新しいパスフレーズ（12 文字以上）：{" "}
vault-passphrase-ask = 保管庫のパスフレーズ：{" "}
vault-first-ask = 保管庫のパスフレーズ（一人目の保管者の分）：{" "}
vault-second-ask = 保管庫のパスフレーズ（二人目の保管者の分）：{" "}
token-pin-ask = 鍵トークンの PIN：{" "}
vault-passphrase-new = 保管庫の新しいパスフレーズ（12 文字以上。失うと表を二度と読めません）：{" "}
vault-first-new = 保管庫の新しいパスフレーズ（一人目の保管者の分。12 文字以上。失うと表を二度と読めません）：{" "}
vault-second-new = 保管庫の新しいパスフレーズ（二人目の保管者の分。12 文字以上。一人目の保管者は席を離れてください）：{" "}
passphrase-again = もう一度：{" "}
role-authority = 大臣等・支払基金
role-issuer = 大臣等・支払基金（発行側）
role-producer = 認定作成事業者
role-workspace = 利用者
init-done = { $path } に組織（{ $role }）の鍵を作りました。
card-name = 名称      { $name }
card-role = 役割      { $role }
card-fingerprint = 指紋      { $fingerprint }
card-recipient = age       { $recipient }
card-verifier = minisign  { $verifier }
card-written = カードを { $path } に書き出しました
trust-done = { $name } を信頼しました：{ $fingerprint }
trust-none = 信頼済みのカードはまだありません。
trust-line = { $name }（{ $role }） { $fingerprint }
trust-ask = { $name } から別の経路（電話・書面）で聞いた指紋を入力してください：
record-whole = { $count } 件。連鎖は途切れていません。
word-action = { KEY($action) ->
    [access-denied] 権限のない操作を断った
    [access-fault] 認可の規則を評価できず断った（警報）
    [account-added] 取扱者等の登録
    [account-code] 登録コードの再発行
    [account-enrolled] 初回登録の完了（誓約）
    [account-factor] 二つ目の要素の登録
    [account-factor-used] 二つ目の要素の確認
    [account-factor_removed] 二つ目の要素の取外し
    [account-founded] 最初のアカウントの登録
    [account-founding_again] 最初のアカウントの登録のやり直し
    [account-granted] 役割の付与
    [account-language] ページの言語の変更
    [account-password] パスワードの設定
    [account-readmitted] 利用の再開
    [account-reset-approved] 再設定の承認
    [account-reset-proposed] 再設定の申請
    [account-reset-refused] 再設定の却下
    [account-single_factor] 一要素の例外の記録
    [account-single_factor_ended] 一要素の例外の終了
    [account-suspended] 利用の停止
    [account-taken] 役割の取消し
    [account-viewed] 自分の設定の閲覧
    [application-accepted] 申出を認めた
    [application-received] 申出を受け付けた
    [application-refused] 申出を認めなかった
    [ask-answered] 画面での問い合わせへの回答
    [ask-begun] 画面での問い合わせの開始
    [ask-cancelled] 画面での問い合わせの中止
    [ask-failed] 画面での問い合わせの失敗
    [ask-history_read] 問い合わせの履歴の閲覧
    [ask-kept] 問い合わせの文の保存
    [ask-kept_dropped] 保存した文の削除
    [ask-refused] 画面での問い合わせの拒否
    [ask-shown] 回答の表示
    [ask-stop_asked] 問い合わせの中止の求め
    [authority-initialised] 鍵の保管場所の作成
    [catalogue-viewed] データ目録の閲覧
    [cohort-saved] コホートの保存
    [delegation-ended] 委託の終わりを定めた
    [delegation-recorded] 委託を記録した
    [delivery-covered] 受け渡しの添え書きに署名した
    [delivery-forwarded] 提供データを開かずに受け渡した
    [demo-people] 試用の見本の人の登録
    [diagnostics-viewed] 点検を表示した
    [epoch-begun] 世代の開始
    [epoch-ended] 世代の終了
    [fee-corrected] 手数料の通知を訂正した
    [fee-notified] 手数料を通知した
    [fee-paid] 手数料の納付を記録した
    [fee-received] 手数料の通知を受け取った
    [fee-rule_set] 手数料の読み方を定めた
    [key-used] 提供の鍵の使用
    [keys-unwrapped] 秘密鍵を鍵トークンで包むのをやめた
    [keys-unwrapping] 鍵トークンからの切替えの開始
    [keys-wrapped] 秘密鍵を鍵トークンで包んだ
    [keys-wrapping] 鍵トークンへの切替えの開始
    [ledger-report-corrected] 作成帳票管理簿への追記・訂正
    [ledger-report-taken_out] 作成帳票管理簿の出力
    [ledger-report-viewed] 作成帳票管理簿の閲覧
    [ledger-terminal-corrected] 操作端末利用管理簿の訂正・追記
    [ledger-terminal-taken_out] 操作端末利用管理簿の出力
    [ledger-terminal-viewed] 操作端末利用管理簿の閲覧
    [link-asked] 連結を始めた
    [link-failed] 連結に失敗した
    [link-viewed] 連結の報告の閲覧
    [log-erased] 記録の詳細を消した
    [log-forked] 相手のログが書き換えられている
    [log-heartbeat] 機械が動いている
    [log-review_shown] 操作記録の確認を表示した
    [log-reviewed] 操作記録を確認して署名した
    [log-searched] 操作記録を探した
    [log-sign_asked] 操作記録への署名を求めた
    [log-shrunk] 相手のログが巻き戻されている
    [log-unsigned] 操作記録に署名できなかった
    [log-viewed] 記録を一件表示した
    [log-witness_known] 立会人を登録した
    [log-witnessed] 立会人がログに署名した
    [meter-corrected] 計時を訂正した
    [meter-started] 計時を始めた
    [meter-stopped] 計時を終えた
    [package-erase_begun] 隔離したパッケージのファイルの消去を始めた
    [package-erased] 隔離したパッケージのファイルを消去した
    [package-failed] パッケージの取り込みに失敗した
    [package-import_asked] パッケージの取り込みを始めた
    [package-imported] パッケージの表を取り込んだ
    [package-received] パッケージを隔離領域に受け入れた
    [package-refused] パッケージを拒んだ
    [package-verified] パッケージを検証した
    [package-viewed] パッケージを一件表示した
    [packages-viewed] 受領を表示した
    [party-backed_up] バックアップ
    [party-confirmed] 復元した状態の確認
    [party-created] 鍵の作成
    [party-distrusted] カードの信頼の取消し
    [party-restored] バックアップから復元
    [party-trusted] カードの信頼
    [people-viewed] 体制の閲覧
    [persons-removed] 本人の除外の受け入れ
    [place-added] 利用場所の登録
    [place-sharing_accepted] 場所を共にすることの承諾の記録
    [place-sharing_ended] 場所を共にすることの承諾の終了
    [producer-attached] ID の付与
    [producer-attached_destroyed] 提供後の ID 付きの表の破棄
    [producer-certified] 認定の記録
    [producer-delivered] 提供の封緘
    [producer-map_destroyed] 対応表の破棄
    [plain-failed] 封のないファイルの取り込みに失敗した
    [plain-import_asked] 封のないファイルの取り込みを始めた
    [plain-scanned] ウイルス検査をした
    [producer-removal_keys_destroyed] 除いた人のキーの破棄
    [producer-requested] 求めの封緘
    [provision-amended] 提供の制御を改めた
    [provision-asked] 求めの行数を上限に数えた
    [provision-closed] 提供の終了
    [provision-closing] 提供の終了の開始
    [provision-dismissed] 検出を退け、求めを再開した
    [provision-estimated] 試算した
    [provision-handed] 提供の照会側への引渡し
    [provision-ids_issued] 発行側による ID の発行
    [provision-issued] 回答の封緘
    [provision-opened] 提供の開始
    [provision-opening] 提供の開始の準備
    [provision-registry_adopted] 提供が使う登録簿の版の切替え
    [provision-resolved] 照会側による求めの照会
    [provision-stamp_resolved] 照会側による匿名化データの照会（提供用IDなし）
    [provision-stamped] 匿名化データへの付与
    [provision-stamps_issued] 発行側による匿名化データの提供用IDの発行
    [provision-stopped] 求めを止めた
    [provision-taken] 照会側による提供の引受け
    [reference-approved] 参照表の確認
    [registry-compacted] 登録簿の版の統合
    [registry-loaded] 登録簿の読み込み
    [registry-pruned] 登録簿の版の破棄
    [registry-updated] 差分による登録簿の更新
    [report-made] 帳票の作成
    [report-opened] 帳票の表示
    [server-heartbeat] サーバーの稼働
    [server-recovered] 異常終了後の後始末
    [server-started] サーバーの開始
    [server-stopped] サーバーの終了
    [service-accepted] HTTPS での求めの受付
    [service-answered] 回答の用意
    [service-authority_set] 大臣等のアドレスの設定
    [service-certificate_made] サービス用の証明書の作成
    [service-enrolled] 証明書の登録
    [service-expired] 期限切れの回答の削除
    [service-fetched] 回答の受渡し
    [service-held] 大臣等の対応を待つ求め
    [service-received] 回答の受取り
    [service-refused] HTTPS での求めの拒否
    [service-retried] 求めの再試行の指示
    [service-revoked] 証明書の失効
    [service-sent] 求めの送信
    [service-site] サービスの認証局証明書の作成
    [service-started] サービスの開始
    [service-stopped] サービスの停止
    [session-closed] セッションの終了
    [session-locked] 画面のロック
    [session-opened] セッションの開始
    [session-overlap] 同じ人の二つ目のセッション（警報）
    [session-refused] サインインの拒否
    [session-turned_away] 利用場所が空かずサインインできず
    [session-unlocked] 画面のロックの解除
    [sessions-viewed] セッションの一覧の閲覧
    [slot-ended] 利用時間帯の終了
    [slot-set] 利用時間帯の設定
    [state-adopted] 状態を引き継いで証明
    [study-asked] 問い合わせへの回答
    [study-resumed] 研究の再開
    [study-suspended] 研究の停止
    [study-created] 研究の作成
    [study-linked] 連結
    [study-refused] 問い合わせの拒否
    [study-rows_allowed] 一人ひとりの行の許可
    [study-rows_forbidden] 一人ひとりの行の禁止
    [study-verified] ファイルの照合
    [study-volume_mounted] 研究の専用ボリュームをマウント
    [study-volume_refused] 研究の専用ボリュームがなく、研究を開かなかった
    [study-volume_released] 研究の専用ボリュームのマウントを解除
    [study-volume_set] 研究の専用ボリュームの設定
    [study-volume_unset] 研究の専用ボリュームの設定の解除
    [table-imported] 表の取り込み
    [terminal-added] 端末の登録の準備
    [terminal-enrolled] 端末の登録
    [terminal-revoked] 端末の登録の取消し
    [terminals-viewed] 端末と利用場所の閲覧
    [vault-created] 保管庫の作成
    [vault-rewrapped] 保管庫のパスフレーズの変更（中の表はそのまま）
   *[other] { $action }
}
conformance-agrees = { $path }：すべての値が一致しました。

study-created = 研究 { $study }（提供 { $provision }）を作成しました。
study-imported = { $table }（{ word-table-kind }）第 { $version } 版を取り込みました：{ word-rows }。number_id あり { $number }、kana_id のみ { $kana }、ID なし { $neither }。
study-imported-reference = 参照表 { $table } 第 { $version } 版を取り込みました：{ word-rows }。
study-imported-replaced = 次の study link のあとで見えます。
study-imported-no-unique = --kana-unique の指定がないため、カナ ID では誰も連結されません。
study-kcv-proven = 鍵確認値 { $kcv }：署名されたパッケージで確認済み。
study-kcv-typed = 鍵確認値 { $kcv }：入力されたまま（未確認）。
study-linked = 研究 { $study } の連結 第 { $version } 版：{ word-persons }。
study-query-written = { word-rows }を { $path } に書き出しました。
study-none = 研究はまだありません。
study-line = { $study }  提供 { $provision }
study-table-line = {"  "}{ $table }  { word-table-kind }  第 { $version } 版{ $linked ->
    [same] {""}
    [never] （未連結）
   *[other] （連結は第 { $linked } 版）
}{ $approval ->
    [missing] 、未確認
    [given] 、確認済み
   *[none] {""}
}
study-column-line = {"    "}{ $column }
study-delivery-line = {"  "}提供 { $package }（{ $sender }）：利用目的：{ $purpose }、契約：{ $contract }、利用期間：{ $start } から { $end } まで、利用場所：{ $places }
study-terms-changed = 前の提供と異なる合意：{ $term ->
    [contract] 契約
    [period_end] 利用の最後の日
    [period_start] 利用の最初の日
    [places] 利用場所
    [purpose] 利用目的
   *[recipient] 提供先
}：{ $before } → { $now }（記録しました）
study-unlinked = 未連結
study-link-line = 連結済み 第 { $version } 版
study-rows-line = {"  "}一人ひとりの行：{ $cap } 行まで許可

link-table = {"  "}{ $table }（{ word-table-kind }）：{ word-rows }、{ word-persons }
link-status-persons = {"    "}{ $status }：{ word-rows }、{ word-persons }
link-status = {"    "}{ $status }：{ word-rows }
link-number = 番号による
link-kana-attached = カナ ID（登録簿で唯一）により、番号で分かっている人に結び付けた
link-kana-person = カナ ID だけで知られる人
link-no-id = 未連結（ID なし）
link-kana-not-unique = 未連結（登録簿で唯一でないカナ ID）
link-kana-ambiguous = 未連結（複数の人が持つカナ ID）
link-pair = {"  "}{ $one } と { $other } の両方：{ word-persons }
link-combinations = {"  "}現れる表の組み合わせごとの人数：
link-no-combinations = {"  "}表が多いため、組み合わせごとの人数は省略し、二つずつの人数だけを示します。
link-rest = {"  "}ほかに小さい組み合わせ { $sets } 個（{ word-persons }）は省略。
link-rest-pairs = {"  "}ほかに小さい組 { $pairs } 個は省略。
link-consistency = {"  "}{ $column }：一致 { $agree } 人、不一致 { $disagree } 人、一つの表に複数の値 { $several } 人
link-changes = {"  "}前の版との違い：追加 { $appended } 人、統合 { $merged } 人、取り消した行 { $undone }、付き先の変更 { $moved }
picture-title = 研究 { $study } の連結 第 { $version } 版
picture-description = 各表の行を連結の状態ごとに、人をどの表に現れるかの組み合わせごとに示す。件数のみ。
picture-rows = 各表の行（状態別）
picture-table = 表
picture-number = 番号による
picture-kana-attached = カナで付いた
picture-kana-person = カナのみの人
picture-unlinked = 未連結
picture-persons = 人
picture-combinations = 現れる表の組み合わせごとの人数
picture-pairs = 二つの表に共通する人数
picture-rest = ほかに小さい組み合わせ {"{"}columns{"}"} 個（{"{"}persons{"}"} 人）は省略。

err-cli-provision-form = 「{ $provision }」は提供の識別子ではありません。
fix-cli-provision-form = 英大文字・数字・ハイフンで入力してください（例：P-2026-0001）。
err-cli-party-none = { word-role }の信頼済みカードがまだありません。
fix-cli-party-none = 「renketsu trust add ファイル」で追加してください。
certify-done = 認定 { $number } を記録しました（作成の根拠 { $ground }）。
request-count = { $files } ファイル、{ $records } 件：求める行 { $rows }、同じ人・月としてまとめた { $merged }、被保険者番号なし { $without }、使えない { $rejected }。
request-reject = {"  "}使えない（{ $reason }）：{ $rows }
request-partial = {"  "}一部だけ使う（{ $reason }）：{ $rows }
request-passed = {"  "}読み飛ばし（{ KEY($source) ->
    [care] 介護給付費請求のうち人を示さないレコード
    [checkup] 書庫のうち人の文書でない項目
    [eligibility] 照会の外にある結果
    [fhir] それ自体は件にならないリソース
    [ledger] 受給者台帳の行
    [uke] レセプトのうち人を示さないレコード
   *[other] { $source }
 }、{ $kind }）：{ $records }
request-reason = { word-field }：{ word-reject }
request-done = { $name } あての求め { $rows } 行を { $path } に封緘しました（SHA-256 { $sha256 }）。
list-header = ファイル 件   行  番号/枝番/カナ/キー  診療  経路
list-number = 番号
list-kana = カナ
list-rejected = 使えない
attach-status = {"  "}{ $status }：{ $rows } 行
attach-keys = 元のキー { $keys } 個。異なる ID の参照を持つキー { $differing }、そのため ID を付けなかったキー { $conflicts }。
attach-table = { $table }：{ $rows } 行。番号 { $number }、カナ { $kana }、唯一でないカナ { $shared }、ID なし { $without }（うち求めになかったキー { $unknown }）。
attach-destroyed = 求め { $request } の対応表を破棄しました。
attach-kana-key = 一号の提供用IDをすべて検証しました（公開鍵 { $key }）。別の経路で大臣等の公開鍵と照らし合わせてください。
deliver-table = {"  "}{ $table }：{ $rows } 行、異なる番号 ID { $number }、異なるカナ ID { $kana }
deliver-terms = {"  "}利用目的：{ $purpose }、契約：{ $contract }、利用期間：{ $start } から { $end } まで、利用場所：{ $places }
deliver-done = { $name } あての提供を { $path } に封緘しました（SHA-256 { $sha256 }）。
status-none = まだ求めはありません。
status-request = { $package }  提供 { $provision }  { $rows } 行  { $state }
status-table = {"  "}{ $table }：{ $rows } 行、提供したパッケージ { $delivered }
status-waiting = 回答待ち
status-attached = 回答済み・対応表は破棄済み
authority-init = 根鍵を作りました（世代 { $epoch }）。
provision-line = { $id }（{ $state }）：研究 { $study }、事業者 { $producer }、利用者 { $recipient }（令{ $item }）、公的DB { $databases }
provision-kcv = {"  "}鍵確認値 { $kcv }
provision-kana-key = {"  "}一号の提供用IDは検証可能。公開鍵 { $key }
provision-open = 開いている
provision-closed = 閉じた
provision-none = まだ提供はありません。
registry-finding = {"  "}{ word-finding }：{ $count }
registry-loaded = 登録簿 第 { $version } 版：{ $rows } 行、{ $persons } 人。最初の番号を持たない人 { $without }。
issue-status = {"  "}{ $status }：{ $rows }
issue-done = 回答 { $rows } 行を { $path } に封緘しました（登録簿 第 { $registry } 版、SHA-256 { $sha256 }）。
stamp-done = 匿名化データ { $rows } 行に付与しました。number_id あり { $number }、kana_id あり { $kana }。落とした列：{ $dropped }。{ $path } に封緘（SHA-256 { $sha256 }）。
picture-rest-pairs = ほかに小さい組 {"{"}columns{"}"} 個は省略。
err-cli-keys-none = { $path } に鍵がありません。
fix-cli-keys-none = --dir を確かめてください。新しい組織なら、次のコマンドで鍵を作成します：renketsu init --dir { $path } --role authority|issuer|producer|workspace
trust-removed = { $name } の信頼を取り消しました。
err-cli-dir-file = { $path } はディレクトリではなくファイルです。
fix-cli-dir-file = 組織のディレクトリを --dir に指定してください。
study-kcv-other = この表の鍵確認値 { $kcv }：この表については入力されたまま（未確認）。研究の鍵確認値（署名されたパッケージで確認済み）とは一致しています。
study-directory = ディレクトリ { $path } を作成しました（鍵はありません。封緘パッケージを開くには鍵が必要です）。
study-volume-none = 研究 { $study } には専用のボリュームがありません。一台の機械の中でフォルダーやアカウントを分けるだけでは、研究を分けたことになりません（4-3-3-1.separation）。
study-volume-mounted = 研究 { $study } は専用のボリューム { $path } にあります。マウントするのは{ word-mounted-by }です。
study-volume-absent = 研究 { $study } の専用のボリュームは、今は { $path } にマウントされていません。マウントするのは{ word-mounted-by }です。
word-mounted-by = { KEY($by) ->
    [server] サーバー（研究を開くとき）
   *[operator] 運用担当者
}
study-vault = 保管庫 { $path } を作成しました。パスフレーズを失うと二度と読めません。
vault-custodians = この保管庫は、{ $count ->
    [1] 一つのパスフレーズで開きます。
   *[2] 保管者二人がそれぞれの分を入力して初めて開きます。どちらか一方が失われると二度と読めません。
}
vault-rewrapped = 保管庫のパスフレーズを変えました。中の表はそのままです。古い vault.json の控えは、それまでのパスフレーズで今も開けます。控えがあれば消去してください。
vault-recorded = 保管庫のファイルは、記録にあるとおりのものです（SHA-256 { $file }）。
vault-recorded-other = 保管庫のファイル（SHA-256 { $file }）が、最後に記録されたものと異なります。パスフレーズの変更が途中で止まったか、古いファイルが戻されています。renketsu vault rewrap をもう一度実行してください。
vault-recorded-none = 保管庫のファイル（SHA-256 { $file }）は、まだ記録にありません。
err-cli-query-terminal = Parquet は端末に表示できません。
fix-cli-query-terminal = --out でファイルを指定するか、--format を変えてください。
conformance-missing = {"  "}ファイルにない節：{ $names }
conformance-section = {"  "}{ $name }：{ $entries } 件、比較した値 { $values }
conformance-answers = {"  "}登録簿 { $persons } 人、回答 { $answers } 件：
err-cli-verify-wrong = 研究 { $study } のファイルのうち { $files } 個が、保管庫の目録と異なります。
fix-cli-verify-wrong = この研究での作業を止め、情報システムの安全管理者に知らせてください。ファイルは、検証済みの最新のバックアップから復元してください。
study-reference-next = 別の人が確認し（renketsu study approve-reference）、次に連結した後で、問い合わせに使えます。
study-reference-approved = 参照表 { $table } 第 { $version } 版：{ $name } が確認しました。
study-rows-allowed = 研究 { $study } の答えに、一人ひとりの行を { $cap } 行まで含められます（許可：{ $name }）。
study-rows-forbidden = 研究 { $study } の答えには、一人ひとりの行を含めません。
study-query-row-level = 行単位：この答えの各行は一人ひとりについてのものです。利用場所の外に持ち出せません。
study-query-cut = 許可された { $cap } 行だけを出しました（study rows --allow）。
study-query-small = 答えのうち { $rows } 行（{ $places } 行目）に、{ $threshold } 人未満についての値があります（最大・最小・中央の値は一人の値です）。公表するときは秘匿が必要になることがあります。
study-cohort-saved = コホート { $name } 第 { $version } 版：{ word-persons }（連結 第 { $link } 版）。
study-cohort-none = コホートはまだありません。
study-cohort-line = { $name }  第 { $version } 版  { word-persons }（連結 第 { $link } 版）
study-verify-whole = 研究 { $study }：{ $files } ファイル、{ $bytes } バイト。すべて保管庫の目録と一致しました。
study-verify-wrong = {"  "}{ $name }：{ $what }
study-verify-left-over = {"  "}中断された作業の残り（次の実行で置き換わります）：{ $path }
progress-reading = 読み取り
progress-writing = 書き出し
progress-importing = 取り込み中
progress-linking = 連結
progress-recording = 記録
progress-starting = 準備中
progress-count = {"{"}human_pos{"}"} 行（毎秒 {"{"}rate{"}"} 行、{"{"}took{"}"} 秒）
progress-count-of = {"{"}human_len{"}"} 行のうち {"{"}human_pos{"}"} 行（毎秒 {"{"}rate{"}"} 行、残り {"{"}left{"}"} 秒）
progress-took = {"{"}took{"}"} 秒
progress-asking = 問い合わせ
progress-verifying = 照合
state-as-it-stands = 表示するのは状態にある行そのものです。組織の鍵と照らし合わせるには、パスフレーズを渡してください（--passphrase-fd または資格情報）。
state-whole = 状態のすべての行は、この組織が書いたものです。記録は { $count } 件、最後は { $head }
state-record-whole = 記録は { $count } 件で、欠けも書き換えもありません。最後は { $head }。信頼済みカードはこの組織のものです。研究についての行は保管庫が証明します：renketsu study verify
state-confirmed = 復元した状態を { $name } が確認しました。作業を再開できます。
state-halted = 停止中：この状態は { $since } にバックアップから復元され、まだ確認されていません。次を実行するまで、求め、回答、提供、連結、問い合わせを行いません：renketsu state confirm --dir DIR --reason 理由 --approved-by 確認者
state-adopted = 状態をそのまま引き継ぎました。これからは証明されます。記録は { $count } 件、最後は { $head }
err-cli-state-proven = このディレクトリの状態は最初の記録から証明されています。そのまま引き継ぐことはできません。
fix-cli-state-proven = 証明が取り除かれています。このディレクトリでの作業を止め、ファイルをそのまま保存し、情報システムの安全管理者に知らせ、検証済みの最新のバックアップから復元してください。
err-cli-state-workspace = 利用者のディレクトリの状態は、組織の鍵ではなく保管庫で証明されます。引き継ぐものはありません。
fix-cli-state-workspace = 研究ごとに次を実行してください：renketsu study verify --dir DIR --study 研究
err-cli-vault-fewer = 保管者二人で開く保管庫を、一人で開くものには戻せません。
fix-cli-vault-fewer = 保管者が交代するときは、--custodians を付けずに実行し、新しい保管者に二人目または一人目の分を入力してもらってください。
err-cli-serve-running = { $path } のサーバーが動いているため、このコマンドは使えません。
fix-cli-serve-running = サーバーを止めてから、もう一度実行してください。
trust-again = trust ディレクトリに、一覧に署名する前の版のカードがあります。今は信頼していません。指紋をもう一度確かめ、renketsu trust add で登録し直してから、ディレクトリを取り除いてください。
backup-line = { $name }、{ $created }：ファイル { $files } 個。記録は { $entries } 件、最後は { $head }
backup-custodian = 保管者が戻すもの：{ $path }
backup-done = バックアップしました：{ $path }。鍵、根鍵、ソルトは入っていません。対応表と、まだ提供していない ID 付きの表も入っていません。
backup-whole = すべてこの組織がバックアップしたとおりです。何も書き込んでいません。
progress-backup = 読み取り
progress-restore = 書き込み
restore-done = 復元しました：{ $path }
restore-halted = 別の人が状態を確認するまで、この組織の作業は止まっています。ログの最新の署名（立会人のもの、控えたもの）や書面、相手の組織が送受信したものと照らし合わせ、その後にやめたこと・除いたことをもう一度行ってから、次を実行してください：renketsu state confirm --dir DIR --reason 理由 --approved-by 確認者
restore-open = 提供 { $id } は、ここでは開いています。バックアップの後に終了していた場合は、もう一度終了してください。ソルトはすでになく、ID は作れません。
restore-producer = 回答を受け取っていない求めと、提供していない ID 付きの表は、作り直してください。証明書も作り直してください（producer tls new）。元のディレクトリはもう使わないでください。
restore-workspace = バックアップの後に行ったことは、ここの記録にありません。その後に除いた人は戻っています。問い合わせの前に、除外をもう一度受け入れてください。その後に信頼をやめたカードも戻っています：renketsu trust list。元のディレクトリは使わないでください。
restore-authority = バックアップの後に行われたことは、ここの記録にはありません。検出や上限も含め、事業者の記録と照らし合わせてください。その後に信頼をやめたカードや証明書も戻っています：renketsu trust list、authority tls list。元のディレクトリはもう使わないでください。
