# 提供の制御：何をどれだけ求めてよいか、何が求めを止めるか
word-limit = { KEY($limit) ->
    [cohort] 申告人数
    [quota] 行数の上限
   *[other] { $limit }
}
control-repeated = ほかの行と同じ行
control-sequential = 連続した番号
control-branches = 世帯の人数を超える枝番がある番号
control-probed = 世帯の人数を超える生年月日・性別がある番号
control-unknown = 該当者のない行
control-finding = {"  "}{ $name }（{ $label }）：{ $of } のうち { $found }
control-accepted = {"  "}{ $at }  { $name }：{ $of } のうち { $found }、承認済み：{ $reason }
control-stopped = {"  "}{ $at }  { $name }：{ $of } のうち { $found }、求め { $request } を止めた
control-line = {"  "}申告人数 { $cohort }、発行済み 約 { $persons } 人；行数 { $used } / { $quota }（残り { $left }）、求め { $requests } 件；1 件 { $least }～{ $largest } 行
control-exception = {"  "}最少行数の例外：{ $reason }（承認者 { $approved }）
control-allowed = {"  "}求めを止めない：{ $name }：{ $reason }（承認者 { $approved }）
control-undeclared = なし
control-amended = { $provision } の制御を改めました。
control-closed = 提供 { $provision } を終了しました。以後は発行しません。ソルトを破壊したため、その ID は二度と計算できません。
control-closed-here = 提供 { $provision } をここで終了しました。以後は答えません。ソルトはこのディレクトリにはありません。発行側でも終了してください。ソルトはそこで破壊されます。
control-dry = 試算：ID は作らず、何も封緘していません。求めは未回答のままです。件数は 10 未満を切り捨て、{ $least } 未満は示しません。
control-dry-status = {"  "}{ $status }：{ $rows }
control-dry-few = { $least } 未満
control-dry-left = 登録簿 第 { $registry } 版による。この求めの試算の残り：{ $left } 回。
err-authority-control-zero = { word-limit }が 0 です。
fix-authority-control-zero = 1 以上の数を指定してください。
err-authority-control-floor = 最少行数 { $least } は指定できません。{ $floor } 行未満では、一人だけを照会できてしまいます。
fix-authority-control-floor = --minimum-batch に { $floor } 以上を指定してください。
err-authority-control-reversed = 求めの最多行数が { $largest } で、最少行数 { $least } を下回ります。
fix-authority-control-reversed = --largest-batch を --minimum-batch 以上にしてください。
err-authority-control-exception = 最少行数 { $least } は通常の { $usual } を下回りますが、承認がありません。
fix-authority-control-exception = --reason と --approved-by を指定してください。どちらも記録されます。
err-authority-control-reason = 理由がないか、制御文字を含むか、500 文字を超えています。
fix-authority-control-reason = --reason に理由を 1 行で書いてください。記録に残るため、個人の名前は書かないでください。
err-authority-control-approver = 承認した者の名前がありません。
fix-authority-control-approver = 責任者または部署を --approved-by に 1 行で指定してください。
err-authority-control-nothing = 提供は今のままで、何も改められません。
fix-authority-control-nothing = 「renketsu authority status」に示される値と異なる値を、一つ以上指定してください。
err-authority-control-few = 求めは { $rows } 行ですが、{ $least } 行以上が必要です。
fix-authority-control-few = 認定作成事業者に、まとめて一つの求めにするよう依頼してください。例外は次のコマンドで記録します：renketsu authority provision amend
err-authority-control-many = 求めは { $rows } 行ですが、一度に回答できるのは { $largest } 行までです。
fix-authority-control-many = 認定作成事業者に、求めを分けるよう依頼してください。同じ提供では、どの求めでも同じ人に同じ ID が発行されます。
err-authority-control-quota = 求めは { $rows } 行ですが、提供 { $provision } の上限までの残りは { $left } 行です。
fix-authority-control-quota = 追加の行の目的を認定作成事業者に確かめてください。上限は次のコマンドで改め、記録します：renketsu authority provision amend
err-authority-control-cohort = この求めで提供 { $provision } は約 { $persons } 人になります。申告人数は { $cohort } 人です。
fix-authority-control-cohort = 認定作成事業者に理由を確かめてください。申告の訂正は次のコマンドで記録します：renketsu authority provision amend。ID は外に出ていません。
err-authority-control-stopped = 求め { $request } を止めました：{ $findings }。
fix-authority-control-stopped = まず認定作成事業者に理由を確かめてください。続けるときは --accept と --reason を指定します（記録されます）。続けないときは回答しないでください。ID は外に出ていません。
err-authority-control-dry_runs = 求め { $request } の試算は、すでに { $runs } 回行われました。
fix-authority-control-dry_runs = 求めに回答するか、認定作成事業者に別の求めを依頼してください。
err-authority-control-dry_rows = 提供 { $provision } の試算に使える行数を使い切りました。
fix-authority-control-dry_rows = この提供の求めには、試算なしで回答してください。
err-authority-control-damaged = 提供 { $provision } の制御の記録が破損しています。
fix-authority-control-damaged = 検証済みの最新のバックアップから状態を復元し、情報システムの安全管理者に知らせてください。
removal-taken = 研究 { $study } に { $table } として除く人を受け取りました：number_id { $number } 件、kana_id のみ { $kana } 件、ID なし { $neither } 件。次を実行するまで問い合わせには答えません：renketsu study link
link-removed = 除いた人の行
