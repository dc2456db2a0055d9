# 二人の保管者
word-custodian = { KEY($custodian) ->
    [issuer] 発行側
    [resolver] 照会側
   *[other] { $custodian }
}
authority-init-resolver = 照会側の根鍵を作りました。世代 { $epoch }。発行側の根鍵は、発行側が自分のディレクトリに作ります。
authority-init-issuer = 発行側の根鍵を作りました。世代 { $epoch }。照会側の根鍵は、照会側が自分のディレクトリに作ります。
keys-rotated = 世代 { $epoch } を始めました。これから開く提供はその根鍵を使い、開いている提供はいまの世代のままです。
keys-ended = 世代 { $epoch } を必要とする提供がなくなったため、その根鍵を破棄しました。
keys-custodian = { word-custodian }の鍵の保管場所
keys-epoch = 世代 { $epoch }：{ $provisions }
keys-token = 鍵トークン { $token }（製造番号 { $serial }）、鍵 { $key }、ライブラリ { $module }
keys-held = { word-custodian }：{ $secret }（{ word-opened }）
word-opened = { KEY($opened) ->
    [passphrase] パスフレーズで開く
    [token] パスフレーズと鍵トークンの両方で開く
   *[other] 両方の形がある：中断したコマンドをもう一度実行する
}
word-tries = { KEY($tries) ->
    [few] （前にも間違った PIN が入力されています）
    [one] （次に間違えると錠がかかります）
    [none] （錠がかかりました）
   *[other] {""}
}
token-used = { $count } 個の秘密鍵を、鍵トークン { $token }（製造番号 { $serial }）の鍵 { $key } で包みました。このトークンを失うと秘密鍵も失われます。控えを用意してください。
token-left = { $count } 個の秘密鍵を、鍵トークン { $token }（製造番号 { $serial }）の鍵 { $key } で包むのをやめました。パスフレーズだけで開きます。
provision-handed = 提供 { $id } の条件を照会側あてに { $path } へ書きました（SHA-256 { $sha256 }）。
resolve-done = 登録簿の第 { $registry } 版で { $rows } 行を照会しました。発行側あて：{ $tokens }、事業者あて：{ $references }
ids-done = { $rows } 行の提供用IDを発行しました：{ $path }（SHA-256 { $sha256 }）
stamps-done = 匿名化データ { $rows } 行の提供用IDを、利用者あてに発行しました：{ $path }（SHA-256 { $sha256 }）
stamp-halves-done = 登録簿の第 { $registry } 版で匿名化データ { $rows } 行を照会しました。取り除いた列：{ $dropped }。利用者あての列：{ $columns }、提供用IDを作る発行側あて：{ $subjects }

err-authority-init-part = この組織の役割は{ word-custodian }ではありません。
fix-authority-init-part = 発行側は自分のディレクトリを持ちます：renketsu init --dir DIR --role issuer
err-authority-secret-elsewhere = このディレクトリには{ word-custodian }の鍵がありません。
fix-authority-secret-elsewhere = その保管者のディレクトリで実行してください。照会側は `authority resolve` で求めに、発行側は `authority issue` でトークンに答えます。
err-authority-secret-pin = 鍵トークン { $token } の PIN が与えられませんでした。
fix-authority-secret-pin = 端末から実行するか、--token-pin-fd で PIN を与えてください。
err-authority-secret-unrecorded = 秘密鍵は鍵トークンで包まれていますが、どのトークンかを記した { $file } がありません。
fix-authority-secret-unrecorded = { $file } と { $file }.key を元に戻し、消した者を調べてください。トークンを使わない秘密鍵は作っていません。
err-authority-secret-changed = { $file } に書いたものが元と一致しません。元の形は残っています。
fix-authority-secret-changed = ディスクと鍵トークンを調べてください。情報システムの安全管理者が両方を確かめるまで、どちらも消さないでください。
err-authority-secret-token_in_use = 秘密鍵は鍵トークン { $token } の鍵で包まれています。
fix-authority-secret-token_in_use = そのトークンと鍵を指定してください。別のトークンに移るには、`authority token leave` の後に `authority token use` を実行します。
err-authority-secret-no_token = このディレクトリの秘密鍵は、鍵トークンで包まれていません。
fix-authority-secret-no_token = --dir のディレクトリを確かめてください。何で開くかは `authority keys status` で分かります。
err-authority-custody-kind = パッケージの種類は「{ word-kind }」ですが、ここで要るのは「{ word-expected }」です。
fix-authority-custody-kind = ファイルと、--dir のディレクトリを確かめてください。
err-authority-custody-whole = このディレクトリは両方の保管者の鍵を持つため、保管者の間の受け渡しはありません。
fix-authority-custody-whole = `authority issue` で一度に答えるか、ディレクトリを二つに分けてください（照会側は `authority init --custodian resolver`、発行側は `init --role issuer`）。
err-authority-custody-no_counterpart = 提供 { $provision } は、二人の保管者の間で引き継がれていません。
fix-authority-custody-no_counterpart = 発行側が `authority provision hand` で引き渡し、照会側が `authority provision take` で受け取ってください。両方の鍵がこのディレクトリにあるなら `authority issue` を使ってください。
err-authority-custody-counterpart_untrusted = 提供 { $provision } のもう一人の保管者のカードは、もう信頼されていません。
fix-authority-custody-counterpart_untrusted = もう一人の保管者と指紋を確かめ、`trust add` でカードを信頼し直してください。
err-authority-custody-untrusted = 指紋 { $fingerprint } の信頼済みカードがありません（役割：{ word-role }）。
fix-authority-custody-untrusted = 別の経路で指紋を確かめ、`trust add` でカードを信頼してください。
err-authority-custody-sender = 「{ $sender }」は提供 { $provision } の照会側ではありません。
fix-authority-custody-sender = 答えずに、照会側が送ったものか確かめてください。
err-authority-custody-differs = パッケージの「{ $field }」が、ここにある提供 { $provision } と異なります。
fix-authority-custody-differs = 何も行っていません。双方の提供を `authority provision list` で比べ、異なるなら新しい提供を開いてください。
err-authority-custody-epoch = 提供 { $provision } の世代は { $stated } ですが、このディレクトリの世代は { $own } です。
fix-authority-custody-epoch = `authority keys rotate` で双方の世代をそろえ、提供を開き直してください。
err-authority-custody-replayed = パッケージ { $package } はすでに受け取っています。
fix-authority-custody-replayed = そのとき作ったものを使ってください。失われた場合は、事業者に求めを作り直してもらってください。
err-authority-custody-tables = パッケージの表が、その種類のものではありません。
fix-authority-custody-tables = 使わずに、送り手に作り直してもらってください。
err-authority-custody-row = トークンの { $row } 行目が決められた形式に反しています。
fix-authority-custody-row = 使わずに、照会側に作り直してもらってください。
err-authority-custody-kcv = 提供 { $provision } の秘密鍵が、開いたときのものと異なります。
fix-authority-custody-kcv = 情報システムの安全管理者に知らせてください。何も発行していません。
err-authority-custody-one_file = 二つのパッケージに同じファイルが指定されています。
fix-authority-custody-one_file = --to-issuer には、--to-producer（匿名化データでは --out）と別のファイルを指定してください。
err-authority-custody-entropy = システムから乱数を得られないため、トークンを作りませんでした。
fix-authority-custody-entropy = システムの乱数が使えるか確かめてから、もう一度実行してください。
err-authority-custody-changed = { $file } が読み取りの間に変わりました。
fix-authority-custody-changed = ほかに書き込む者のいない場所に写してから、もう一度実行してください。
err-authority-custody-unpublished = { $package } の処理は記録されましたが、{ $file } を書けませんでした。
fix-authority-custody-unpublished = 事業者に求めを作り直してもらってください。同じ人の ID は同じになります。
err-authority-custody-broken = プログラムの内部に矛盾がありました（{ $invariant }）。プログラムの不具合です。
fix-authority-custody-broken = コードを添えて報告してください。
