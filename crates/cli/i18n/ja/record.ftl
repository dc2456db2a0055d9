# 署名したログと立会人
err-store-log-empty = ログが始まってから記録がありません。
fix-store-log-empty = renketsu log heartbeat か、記録を残すほかのコマンドを実行してから署名してください。
err-store-log-retained = 記録 { $index } は { $until } まで保存しなければなりません。
fix-store-log-retained = 詳細は少なくとも一年保存します（4-3-4-2i.access-log）。その後で消してください。
err-store-log-rows = 状態の記録が、署名した先頭の { $size } 件と違います。書き換えられたか、古い状態に戻されています。
fix-store-log-rows = これ以上変更せず、ディレクトリを証拠として保管し、情報システムの安全管理者に知らせ、立会人の写しと比べてください。
err-store-log-signing = 署名できませんでした。
fix-store-log-signing = システムの乱数（/dev/urandom）と、時計が1970年より後であることを確かめ、もう一度実行してください。
err-store-log-unsigned = このログにはまだ署名がありません。
fix-store-log-unsigned = 先に署名してください：renketsu log checkpoint
err-store-log-unwitnessed = { $file } に、このディレクトリが知る立会人の有効な署名がありません。
fix-store-log-unwitnessed = 初めてのときは、立会人から聞いた検証鍵（renketsu log witness show）を --witness で指定してください。
err-seal-witness-name = 立会人の名前が空か、空白や + を含んでいます。
fix-seal-witness-name = audit.example.jp/1 のような名前にしてください。
err-seal-witness-signing = 署名できませんでした。
fix-seal-witness-signing = システムの乱数（/dev/urandom）と、時計が1970年より後であることを確かめ、もう一度実行してください。
err-seal-witness-stranger = この組織のログを見るのは初めてです。写しにあるカードの指紋は { $fingerprint }
fix-seal-witness-stranger = 別の経路で組織に指紋を尋ね、聞いた指紋を --fingerprint で指定してください。
err-cli-log-verifier = 立会人の検証鍵ではありません。
fix-cli-log-verifier = renketsu log witness show が表示する一行（NAME+ID+KEY）をそのまま指定してください。
log-signed = { $entries } 件までに署名しました：{ $file }
log-signed-before = { $entries } 件までに署名した後の記録はありません：{ $file }
log-root = 根 { $root }
log-whole = ログは無傷です：記録 { $entries } 件、署名 { $heads } 個、ログより前の出来事 { $earlier } 件
log-unsigned = 最新の署名は { $signed } 件までです。残りは renketsu log checkpoint で署名してください。
log-clock = 時計：動かされた後の記録 { $stepped } 件、同期していなかった記録 { $unsynchronised } 件、確かめていない記録 { $unclocked } 件
log-witnessed = 記録 { $entries } 件までは、気付かれずに書き換えられません：{ $witness } の署名（{ $at }）
log-unwitnessed = 外の人の署名がありません。ディレクトリとパスフレーズを持つ人は、全体を気付かれずに書き換えられます。renketsu log witness をご覧ください。
log-anchor-old = 警告：外の人の最後の署名から { $hours } 時間たっています（予定は { $limit } 時間以内）。
log-exported = 記録 { $entries } 件を { $path } に写し、写しを確かめました。渡す相手には別の経路で指紋を伝えてください：{ $fingerprint }
log-erased = 記録 { $entries } 件の詳細を消しました。記録は残っています。
log-witness-made = 立会人の鍵を作りました。組織に読み上げてください：{ $verifier }
log-cosigned = { $party } の記録 { $entries } 件は、前に見た { $before } 件に続いています。署名しました：{ $file }
log-cosigned-first = { $party } の記録 { $entries } 件を確かめ、今後のために覚えました。署名しました：{ $file }
err-cli-log-no_head = { $party } のログの署名は受け取っていません。
fix-cli-log-no_head = renketsu log received で受け取った相手を確かめてください。署名は、相手のパッケージとともに届きます。
log-received = { $party } の記録 { $entries } 件（パッケージ { $package }、{ $at }）
log-received-forked = { $party } の記録 { $entries } 件（パッケージ { $package }、{ $at }）書き換え：前に受け取った根と違います
log-received-shrunk = { $party } の記録 { $entries } 件（パッケージ { $package }、{ $at }）巻き戻し：前の方が件数が多いか、パッケージの番号が二度使われています
log-received-count = 受け取った署名は { $heads } 個です。
log-received-written = { $party } の記録 { $entries } 件までの署名を { $file } に書きました。相手のログの写しと比べてください：renketsu-verify log COPY --earlier FILE
log-doubt-forked = 警告：{ $party } のログは書き換えられています。パッケージ { $package } の記録 { $entries } 件の根が、前に受け取ったものと違います。パッケージを使う前に別の経路で相手に確かめ、両方の署名を保管してください（renketsu log received --json）。
log-doubt-shrunk = 警告：{ $party } のログは巻き戻されています。パッケージ { $package } の記録は { $entries } 件で、前に受け取ったものより少ないか、番号が二度使われています。バックアップから戻したのか、パッケージを使う前に別の経路で相手に確かめてください。
log-sheet =
    署名したログの控え

    組織        { $name }
    指紋        { $fingerprint }
    記録の件数  { $entries }
    根          { $root }
    最後の記録  { $last }
    印刷        { $printed }

    日付 ________________  氏名 ______________________________  署名・押印 ____________________

    日付 ________________  氏名 ______________________________  署名・押印 ____________________

    入退室の管理簿とともに保管する。照合：renketsu-verify log 写し --paper 件数:根
