# 手数料・申出・委託：規則（duty）
err-duty-application-no_reason = 申出を認めない理由がありません。
fix-duty-application-no_reason = --reason で理由を指定してください。理由は記録に残り、事業者に伝えるものです。
err-duty-fee-no_rate = { $day } の手数料の額が分かりません。
fix-duty-fee-no_rate = 日付を確かめてください。政令が改正されたときは、新しい額の表を持つ版のプログラムが必要です。
err-duty-fee-overflow = 手数料の額または納付期限が、数えられる範囲を超えました。
fix-duty-fee-overflow = renketsu authority meter show で作業時間を確かめ、あり得ない時間のものを訂正してください。
err-duty-fee-tariff = プログラムの手数料の額の表が正しい形ではありません。これは不具合です。
fix-duty-fee-tariff = コードを添えて報告してください。
err-duty-meter-backwards = 計時の時計が戻りました。計算機が動いている間は起こらないはずのことです。
fix-duty-meter-backwards = --stated でかかった時間を指定して計時を終え、計算機の時計を調べてください。
err-duty-meter-overflow = 作業時間の合計が、数えられる範囲を超えました。
fix-duty-meter-overflow = renketsu authority meter show で作業時間を確かめ、あり得ない時間のものを訂正してください。
err-duty-meter-restarted = 計時の途中で計算機が再起動したため、作業時間を測れませんでした。
fix-duty-meter-restarted = --stated で実際にかかった時間を、--reason で理由を指定して計時を終えてください。申告した時間として記録されます。

# 大臣等・支払基金
err-authority-fee-amount = 通知 { $notice } の未納額は { $outstanding } 円です。納付額が０か、それを超えています。
fix-authority-fee-amount = renketsu authority fee list（事業者は renketsu producer fees list）で未納額を確かめてください。訂正で納め過ぎになった額は、過納として表示されます。
err-authority-fee-application_exists = 申出 { $application } はすでに記録されています。
fix-authority-fee-application_exists = 新しい申出には別の番号を付けてください。記録した申出は置き換えません。
err-authority-fee-application_unknown = 申出 { $application } はありません。
fix-authority-fee-application_unknown = renketsu authority application list で番号を確かめてください。
err-authority-fee-below = 通知 { $notice } を除いても、同じ提供のほかの通知の時間だけで、いまの計時の合計を超えます。
fix-authority-fee-below = 先に、同じ提供のほかの通知を訂正してください。
err-authority-fee-contradiction = 提供 { $provision } では、同じ時期に { $delegate } にも委託しています。事務の全部を委託できるのは一者だけです。
fix-authority-fee-contradiction = renketsu authority delegation end でもう一方の委託を終えるか、それぞれが行う部分を記録してください。
err-authority-fee-decided = 申出 { $application } の可否はすでに決まっています。
fix-authority-fee-decided = 決定は変えられません。事情が変わったときは新しい申出を記録してください。最後の申出の可否によります。
err-authority-fee-delegation_unknown = 委託 { $entry } はありません。
fix-authority-fee-delegation_unknown = renketsu authority delegation list で番号を確かめてください。
err-authority-fee-future = { $day } はまだ来ていません。
fix-authority-fee-future = 実際の日付を YYYY-MM-DD で指定してください。
err-authority-fee-measured = 計時 { $session } は測れているので、時間を申告できません。
fix-authority-fee-measured = --stated を付けずに終えてください。測った時間が誤りなら renketsu authority meter correct で訂正してください。
err-authority-fee-method = { $method } は申出の方法ではありません。
fix-authority-fee-method = 次のいずれかを指定してください：{ $known }
err-authority-fee-no_application = 提供 { $provision } の申出がありません。
fix-authority-fee-no_application = renketsu authority application receive で申出を記録し、可否を決めてください。回答できるのはその後です。
err-authority-fee-no_session = 提供 { $provision } に、その計時はありません。
fix-authority-fee-no_session = renketsu authority meter show で確かめてください。
err-authority-fee-notice_corrected = 通知 { $notice } はすでに訂正されています。
fix-authority-fee-notice_corrected = いま有効な通知（renketsu authority fee list で分かります）を訂正してください。
err-authority-fee-notice_unknown = 通知 { $notice } はありません。
fix-authority-fee-notice_unknown = renketsu authority fee list で番号を確かめてください。
err-authority-fee-open_session = 提供 { $provision } の計時 { $session } がまだ続いているので、時間が定まりません。
fix-authority-fee-open_session = renketsu authority meter stop で終えてから、もう一度実行してください。
err-authority-fee-period = 期間が正しくありません。終わりの日が、始まりの日や今日より前か、すでに決めた終わりより後です。
fix-authority-fee-period = 日付を指定し直してください。過ぎた日の納付先は決まっているので、委託を終えられるのは今日以降です。
err-authority-fee-refused = 提供 { $provision } の申出 { $application } は認められていません。情報は提供せず、手数料も通知しません。
fix-authority-fee-refused = 事情が変わったときは、新しい申出を記録してください。
err-authority-fee-session_corrected = 計時 { $session } はすでに訂正されています。
fix-authority-fee-session_corrected = いま有効な計時（renketsu authority meter show で分かります）を訂正してください。
err-authority-fee-several_sessions = 提供 { $provision } では、いくつかの計時が続いています。
fix-authority-fee-several_sessions = --session で一つを指定してください。番号は renketsu authority meter show で分かります。
err-authority-fee-text = 「{ $field }」が空か、200 字を超えるか、正しい形ではありません。
fix-authority-fee-text = 一行、1～200 字で指定してください。提供の識別子は大文字・数字・ハイフンだけです。
err-authority-fee-transport = { $method } は、定められた送付方法ではありません。
fix-authority-fee-transport = 定められた送付方法で送ってもらってください。
err-authority-fee-unchanged = 通知 { $notice } を訂正しても同じ内容になります。
fix-authority-fee-unchanged = 先に、もとになる計時を renketsu authority meter correct で訂正してください。
err-authority-fee-undecided = 提供 { $provision } の申出 { $application } は、まだ可否が決まっていません。
fix-authority-fee-undecided = renketsu authority application accept で認めるか、理由を付けて refuse で認めないことを記録してください。
err-authority-fee-document = { $file } を読めないか、控えを保管できません。
fix-authority-fee-document = 場所、権限、空き容量を確かめてください。何も記録していません。
err-authority-fee-broken = プログラムが自らの規則に反しました（{ $invariant }）。これは不具合です。
fix-authority-fee-broken = コードを添えて報告してください。何も記録していません。

# コマンドの言葉
application-line = 申出 { $number }（提供 { $provision }、{ $dated } 付）：{ $state ->
    [received] 受付済み、可否は未定
    [accepted] { $decided } に認めた
   *[refused] { $decided } に認めないと決めた
}
application-reason = {"  "}理由：{ $reason }
application-none = 申出はまだありません。
delegation-line = 委託 { $entry }：提供 { $provision }、{ $name }（{ word-delegate }）：{ $scope }、{ $from } から{ KEY($until) ->
    [EMPTY] {""}
   *[other]  { $until } まで
}
word-delegate = { KEY($kind) ->
    [payment_fund] 支払基金
    [insurance_federation] 国民健康保険団体連合会
   *[ordinance] 主務省令で定める者
}
delegation-all = 事務の全部
delegation-receive = 求めの受付
delegation-resolve = 本人と最初の番号の特定
delegation-issue = ID の作成と封緘
delegation-notify = 手数料の通知
delegation-forward = 提供データの受け渡し
delegation-none = 委託はありません。手数料は国に、収入印紙で納めます。
meter-started = 提供 { $provision } の計時 { $session } を始めました。
meter-line = 計時 { $session }（{ $kind ->
    [person] { $what } の作業
    [machine] 機械の作業、求め { $what }
   *[correction] 計時 { $corrects } の訂正
}）：{ KEY($time) ->
    [EMPTY] 計時中
   *[other] { $time }
}
meter-stated = {"  "}申告による：{ $reason }
meter-total = 合計 { $time }：{ $units } 時間（端数は一時間とする）。重なった時間は一度だけ数えています。
fee-none = 手数料の通知はまだありません。
fee-notice = 手数料 { $number }：{ $yen } 円、{ $units } 時間分（通知済み { $before } 時間）{ KEY($due) ->
    [EMPTY] 、納付の必要はありません
   *[other] 、納付期限 { $due }
}
fee-payee = {"  "}納付先：{ $payee }{ $slip ->
    [yes] （手数料納付書に収入印紙を貼る）
   *[no] {""}
}
fee-payee-state = 国
fee-corrects = {"  "}{ $notice } の訂正：{ $reason }
fee-standing = {"  "}{ $state ->
    [corrected] 訂正済み。いま有効な通知：{ $value }
    [due] { $value } までに納付：{ $outstanding } 円
    [nothing] 納付の必要なし
    [overdue] 納付期限 { $value } を過ぎて未納：{ $outstanding } 円
   *[paid] { $value } に納付済み
}{ KEY($excess) ->
    [0] {""}
   *[other] 、過納 { $excess } 円
}
fee-correction-written = { $path } を事業者に渡してください。
fee-rule = 政令の読み方（解釈）：{ $rounding ->
    [provision] 提供ごとの合計を一度だけ切り上げる
   *[answer] 回答ごとに切り上げる
}、{ $tariff ->
    [provided] 情報を提供する日の額による
   *[begun] 各一時間が始まった日の額による
}、納付期限は通知の { $days } 日後。

# 受け渡しと、事業者の手数料
err-authority-forward-again = パッケージ { $package } の提供データは、すでに受け渡しました。
fix-authority-forward-again = 受け渡しは一度だけです。そのときの写しを使ってください。
err-authority-forward-broken = プログラムが自らの規則に反しました（{ $invariant }）。これは不具合です。
fix-authority-forward-broken = コードを添えて報告してください。何も受け渡していません。
err-authority-forward-exists = { $file } はすでにあります。
fix-authority-forward-exists = まだない名前を指定してください。
err-authority-forward-io = { $file } を読み書きできません。
fix-authority-forward-io = 場所、権限、空き容量を確かめてください。
err-authority-forward-not_delegated = 提供 { $provision } の提供データの受け渡しは、きょう誰にも委託されていません。
fix-authority-forward-not_delegated = renketsu authority delegation record（--all または --part forward）で委託を記録してください。委託がなければ、事業者が直接提供します。
err-authority-forward-other = { $file } は、添え書きにある提供データではありません。
fix-authority-forward-other = 提供データと添え書きを揃えて、事業者に求めてください。途中で壊れたのかもしれません。
err-authority-forward-producer = 添え書きに署名した { $name } は、提供 { $provision } の事業者ではありません。
fix-authority-forward-producer = その提供の事業者に添え書きを求めてください。
err-authority-forward-readable = { $file } は、ほかの者あてに封緘した提供データではありません。
fix-authority-forward-readable = この組織が開けないものだけを受け渡します。利用者あてに封緘したものを事業者に求めてください。
err-authority-forward-recipient = 添え書きの受取人は、提供 { $provision } の利用者ではありません。
fix-authority-forward-recipient = 事業者に確かめてください。提供データは、その提供の利用者だけに渡します。
err-producer-cover-broken = プログラムが自らの規則に反しました（{ $invariant }）。これは不具合です。
fix-producer-cover-broken = コードを添えて報告してください。署名していません。
err-producer-cover-io = { $file } を読めません。
fix-producer-cover-io = 場所と権限を確かめてください。
err-producer-cover-not_ours = { $file } は、このディレクトリで封緘した提供データではないか、変わっています。
fix-producer-cover-not_ours = renketsu producer deliver が書いたファイルを指定してください。
err-producer-fees-amount = 通知 { $notice } の未納額は { $outstanding } 円です。納付額が０か、それを超えています。
fix-producer-fees-amount = renketsu producer fees list で未納額を確かめてください。
err-producer-fees-corrected = 通知 { $notice } はすでに訂正されています。
fix-producer-fees-corrected = この訂正の方が新しいはずであれば、大臣等・支払基金に確かめてください。
err-producer-fees-differs = 保管されている通知 { $notice } が、署名を確かめたときの記録と異なるか、その記録がありません。
fix-producer-fees-differs = 印刷に使わず、通知を大臣等・支払基金に求めてください。状態ファイルに何があったかは、情報システムの安全管理者に確かめてください。
err-producer-fees-document = { $file } を読めないか、控えを保管できません。
fix-producer-fees-document = 場所、権限、空き容量を確かめてください。何も記録していません。
err-producer-fees-future = { $day } はまだ来ていません。
fix-producer-fees-future = 納付した日を YYYY-MM-DD で指定してください。
err-producer-fees-no_correction = { $file } は、同じ当事者の間の手数料の訂正ではないか、数が合いません。
fix-producer-fees-no_correction = 大臣等・支払基金に訂正をもう一度求めてください。
err-producer-fees-unknown = 通知 { $notice } はありません。
fix-producer-fees-unknown = renketsu producer fees list で番号を確かめてください。通知は、renketsu producer attach で取り込む回答に付いています。
cover-done = { $path }：{ $name } あての提供データの添え書き。提供データとともに受託者に渡してください。
forward-done = { $path }：{ $delegate } が開かずに { $name } へ受け渡しました。SHA-256 { $sha256 }
