# 不受理の理由の名（報告の理由別件数に使う）
reject-absent = 記載なし
reject-character = 使えない文字
reject-mark = 付く仮名のない濁点・半濁点
reject-empty = 空欄
reject-long_mark_first = 先頭の長音
reject-length = 桁数・文字数の誤り
reject-date = 存在しない日、または1868年1月25日より前の日
reject-future = 未来の日
reject-era = 元号の期間外の日
reject-form = 読み取れない日付の形
reject-sex = 男女いずれでもない性別
reject-differs = 二通りの記載がある
reject-several = 複数あり、どれか定まらない
reject-unknown = 見つからない
reject-lapsed = 失効しており、開始日もない
reject-order = 終わりが始まりより前
# 変数 reject の値を、上の名にする（KEY は変数を選択子の形に直す関数）
word-reject = { KEY($reject) ->
    [absent] { reject-absent }
    [character] { reject-character }
    [date] { reject-date }
    [empty] { reject-empty }
    [era] { reject-era }
    [form] { reject-form }
    [future] { reject-future }
    [length] { reject-length }
    [long_mark_first] { reject-long_mark_first }
    [mark] { reject-mark }
    [sex] { reject-sex }
    [differs] { reject-differs }
    [several] { reject-several }
    [unknown] { reject-unknown }
    [lapsed] { reject-lapsed }
    [order] { reject-order }
   *[other] { $reject }
}

err-identity-reject-character = この項目に使えない文字が含まれています。
fix-identity-reject-character = 元のデータを直してください。氏名は仮名、記号・番号は文字・数字・ハイフン、保険者番号と枝番は数字で書きます。
err-identity-reject-mark = 濁点または半濁点（゛゜）の付く仮名がありません。
fix-identity-reject-mark = 元のデータの氏名または記号を直してください。濁点・半濁点は、付く仮名のすぐ後に書きます。
err-identity-reject-empty = 空白を除くと何も残りません。
fix-identity-reject-empty = 値が分かる場合は、元のデータに入力してください。
err-identity-reject-long_mark_first = 氏名が長音（ー）で始まっています。
fix-identity-reject-long_mark_first = 元のデータの氏名を直してください。先頭のハイフンも長音として扱われます。
err-identity-reject-length = 長すぎるか、決められた桁数ではありません。
fix-identity-reject-length = 元のデータを直してください。保険者番号は8桁（国民健康保険は6桁）、枝番は2桁、記号・番号は40文字まで、氏名は100文字までです。
err-identity-reject-date = 存在しない日付か、1868年1月25日より前の日付です。
fix-identity-reject-date = 元のデータの日付を直してください。
err-identity-reject-future = 未来の日付です。
fix-identity-reject-future = 元のデータの日付を直してください。このコンピューターの時計も確かめてください。
err-identity-reject-era = 日付が元号の期間に含まれません。
fix-identity-reject-era = 元のデータの元号または年を直すか、西暦で書いてください。
err-identity-reject-form = 日付の書き方を読み取れません。
fix-identity-reject-form = 19640229、1964-02-29、3390229、S39.2.29、昭和39年2月29日 のいずれかの形で書いてください。
err-identity-reject-sex = 性別が男女のいずれでもありません。
fix-identity-reject-sex = 男は 1・M・男、女は 2・F・女 と書いてください。それ以外の場合、カナ氏名による提供用IDは作成されません。

err-identity-form-key_check_value = 鍵確認値の形ではありません。鍵確認値は16桁の16進数です。
fix-identity-form-key_check_value = 大臣等からの通知の値を写してください（--kcv number=16進,kana=16進）。
err-identity-form-provision_code = 提供の識別子の形ではありません。提供の識別子は、英大文字・数字・ハイフンの1〜64文字です。
fix-identity-form-provision_code = 大臣等からの通知に記載された提供の識別子（例：P-2026-0001）を、大文字のまま写してください。
err-identity-form-provision_id = 提供用IDの形ではありません。提供用IDは64桁の16進数です。
fix-identity-form-provision_id = 列の指定が正しいこと、値が途中で切れていないことを確かめてください。
err-identity-form-secret = 秘密鍵の形ではありません。秘密鍵は64桁の16進数です。
fix-identity-form-secret = 鍵が欠けずに写されていることを確かめてください。鍵そのものは表示しません。

err-conformance-ids-mismatch = { $index ->
    [none] { $section }
   *[other] { $section }[{ $index }]
} の { $field } が、このプログラムの計算結果と一致しません。
fix-conformance-ids-mismatch = この項目の計算の各段階を docs/formats/ids.md と照合し、規則に従っていない方の実装を直してください（番号は0から数えます）。
err-conformance-ids-format = ファイルが検査値の形式ではありません：{ $problem ->
    [day] { $place } が YYYY-MM-DD 形式の日付ではありません
    [empty] 検査できる項目がありません
    [hex] { $place } が決められた桁数の16進数ではありません
    [json] { $place }（行:桁）で JSON として読めないか、同じ項目が二度書かれています
    [missing] { $place } がありません
    [outcome] { $place } には ok と reject のどちらか一つが必要です
    [provision_code] { $place } が提供の識別子ではありません
    [reject_name] { $place } が不受理の理由の名ではありません
    [type] { $place } の値の種類が違います
    [unknown] { $place } は、この形式にない項目です
   *[other] { $place }
}。
fix-conformance-ids-format = vectors/ids.json と同じ形式（docs/formats/ids.md）で作成してください。節全体は省略できますが、項目は追加できません。

# 列が何を含むと見られるか
identifying-address = 住所
identifying-birth_date = 生年月日
identifying-email = メールアドレス
identifying-identification_code = 個人識別符号
identifying-insured_number = 被保険者番号等（記号・番号・枝番を含む）
identifying-insurer = 保険者番号
identifying-my_number = 個人番号（マイナンバー）
identifying-name = 氏名
identifying-patient_number = 患者番号・カルテ番号
identifying-phone = 電話番号
identifying-postal_code = 郵便番号（7桁）
identifying-row_reference = 元データの行への参照
identifying-by-header = 列名から
identifying-by-values = 値の形から
err-identity-memory-locked = システムが秘密鍵のためのメモリを固定しないため、鍵を開きませんでした。
fix-identity-memory-locked = このアカウントに 1 MiB 以上のメモリの固定を許してください：systemd のユニットの LimitMEMLOCK=、または /etc/security/limits.conf の memlock（`ulimit -l` で確認できます）。
err-identity-form-public_key = 一号の提供用IDの公開鍵の形ではありません。公開鍵はristretto255の点を表す64桁の16進数です。
fix-identity-form-public_key = 使わないでください。大臣等が署名したパッケージの公開鍵を使ってください。
err-identity-verifiable-blinded = { $row } 行目で、発行側が計算に使った点が、行参照のものと異なります。
fix-identity-verifiable-blinded = パッケージ全体を受け付けず、何も取り込んでいません。照会側と発行側が同じ行を扱っていないことを大臣等に知らせてください。
err-identity-verifiable-factor = { $row } 行目の目隠しの係数が、零であるか、群の数ではありません。
fix-identity-verifiable-factor = パッケージ全体を受け付けず、何も取り込んでいません。係数を作った大臣等（照会側）に知らせてください。
err-identity-verifiable-form = パッケージの行、点、証明の数や形が合いません。
fix-identity-verifiable-form = パッケージ全体を受け付けず、何も取り込んでいません。大臣等に知らせてください。
err-identity-verifiable-point = { $row } 行目の点が、群ristretto255の点でないか、単位元です。
fix-identity-verifiable-point = パッケージ全体を受け付けず、何も取り込んでいません。大臣等に知らせてください。
err-identity-verifiable-proof = { $row } 行目からの証明が成り立ちません。一号の提供用IDの少なくとも一つが、この提供の鍵で作られていません。
fix-identity-verifiable-proof = パッケージ全体を受け付けず、何も取り込んでいません。パッケージを保管し、別の経路で大臣等に知らせ、理由が分かるまで求め直さないでください。
