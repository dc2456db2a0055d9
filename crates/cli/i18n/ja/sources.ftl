# 元のファイルの中の位置（entry・line が 0 のときはない）
word-member = { KEY($entry) ->
    [0] {""}
   *[other] の { $entry } 番目の項目
}
word-line = { KEY($line) ->
    [0] {""}
   *[other] の { $line } 行目
}
word-place = { $file }{ word-member }{ word-line }
err-producer-archive-damaged = { $file }{ word-member }：書庫（zip）が壊れているか、途中で切れています。
fix-producer-archive-damaged = zip ファイルを受け取り直し、大きさを送り手と照合してください。何も封緘していません。
err-producer-archive-duplicate = { $file }：同じ名前の項目が二つあります。
fix-producer-archive-duplicate = どちらが正しいか分かりません。名前の重ならない zip ファイルを送り手に求めてください。
err-producer-archive-empty = { $file } に XML の文書がありません。
fix-producer-archive-empty = 特定健診の書庫を指定したか確かめてください。文書は DATA の下の .xml です。
err-producer-archive-encrypted = { $file }{ word-member }：項目が暗号化されています。
fix-producer-archive-encrypted = 送り手の方法で先に復号し（個人データを扱える媒体で）、その結果を指定してください。
err-producer-archive-entries = { $file } の項目が 200,000 を超えています。
fix-producer-archive-entries = 書庫を分けて指定してください。
err-producer-archive-inconsistent = { $file }：項目が書庫の目録と異なるか、重なり合っています。
fix-producer-archive-inconsistent = 通常のプログラムはこのような書庫を作りません。送り手に作り直しを求めてください。
err-producer-archive-io = { $file }{ word-member } を読めません{ word-io }。
fix-producer-archive-io = 読み取り権限と媒体を確かめてから、もう一度実行してください。
err-producer-archive-large = { $file }{ word-member }：一つの項目で 16 MiB、または書庫全体で 16 GiB を超えています。
fix-producer-archive-large = 何が入っているか確かめてください。一人分の文書は数百 KiB 程度です。
err-producer-archive-link = { $file }{ word-member }：項目がリンクです。
fix-producer-archive-link = 通常のファイルだけの書庫を送り手に求めてください。
err-producer-archive-method = { $file }{ word-member }：項目の圧縮方式が deflate ではありません。
fix-producer-archive-method = 通常の zip（deflate）で作り直すよう送り手に求めるか、作り直してください。
err-producer-archive-name = { $file }{ word-member }：項目の名前が書庫の外を指すか、名前に使えない文字を含みます。
fix-producer-archive-name = この書庫を展開しないでください。送り手と安全管理の責任者に知らせてください。
err-producer-archive-nested = { $file }{ word-member }：書庫の中に書庫があります。
fix-producer-archive-nested = 中の書庫を取り出して、単独で指定してください。
err-producer-archive-ratio = { $file }{ word-member }：展開すると 200 倍を超える項目です。
fix-producer-archive-ratio = zip 爆弾の疑いがあります。展開せず、送り手に確かめてください。
err-producer-input-empty = { $file } は空です。
fix-producer-input-empty = 出力が完了しているか確かめてください。
err-producer-input-io = { $file } を読めません{ word-io }。
fix-producer-input-io = 読み取り権限と媒体を確かめてから、もう一度実行してください。
err-producer-input-long = { $file } は 64 MiB を超えています。
fix-producer-input-long = 一つの文書としては大きすぎます。ファイルが正しいか確かめるか、分けてください。
err-producer-input-many = { $file } の下のファイルが 100 万を超えています。
fix-producer-input-many = その下のディレクトリを一つずつ指定してください。
err-producer-input-missing = { $file } がありません。
fix-producer-input-missing = パスを確かめてください。
err-producer-input-nothing = { $file } はディレクトリで、この種類のファイルがありません。
fix-producer-input-nothing = パスとファイルの拡張子を確かめてください（読む拡張子は docs/formats/sources.md）。
err-producer-xml-depth = { word-place }：要素の入れ子が 64 段を超えています。
fix-producer-xml-depth = この種の文書ではありえません。元から受け取り直してください。
err-producer-xml-doctype = { word-place }：文書型宣言（DTD）があります。
fix-producer-xml-doctype = この種の文書にはなく、他のファイルを読ませる手口になり得ます。送り手に確かめてください。
err-producer-xml-empty = { word-place }：文書に要素がありません。
fix-producer-xml-empty = 出力が完了しているか確かめてください。
err-producer-xml-encoding = { word-place }：宣言された文字コードの文字ではないバイトがあります。
fix-producer-xml-encoding = 変換せずに元から受け取り直してください。読めるのは UTF-8 と Shift_JIS です。
err-producer-xml-entity = { word-place }：XML にない実体を参照しています。
fix-producer-xml-entity = この種の文書ではありえません。元から受け取り直してください。
err-producer-xml-large = { word-place }：要素と属性が 500,000 を超えています。
fix-producer-xml-large = ファイルが正しいか確かめるか、分けてください。
err-producer-xml-root = { word-place }：別の種類の文書です。
fix-producer-xml-root = --checkup は特定健診の CDA（ClinicalDocument）、--eligibility はオンライン資格確認の回答（XmlMsg）を読みます。
err-producer-xml-syntax = { word-place }：XML として正しくないか、途中で切れています。
fix-producer-xml-syntax = 元から受け取り直してください。
