# PDFの文書（documents）
err-documents-glyph = 印字できない文字があります：{ $characters }。
fix-documents-glyph = 示した項目を、印字できる文字で書いてください（制御文字、外字、フォントにない異体字は印字できません）。その文字でしか表せない氏名・名称は、別の方法で印刷してください。代わりの四角（豆腐）を印字することはありません。
err-documents-long = 項目「{ $field }」は { $characters } 文字あります。文書に載せられるのは { $most } 文字までです。
fix-documents-long = 短くするか、別の書類として添付してください。
err-documents-template = プログラムの様式を組めませんでした（{ $at }）。これは不具合です。
fix-documents-template = コードと場所を添えて報告してください。

# 文書：コマンド
paper-written = 書き出しました：{ $path }
paper-salt = 提供のソルト（番号ID・カナIDの鍵の素）
paper-kcv = 番号 { $number }
    カナ { $kana }
paper-method = 封緘したソルトの鍵を消去した後、封緘したソルトを上書きして削除した（封緘したソルトのSHA-256：{ $sha256 }）。人数を数えるためのスケッチも削除した。
paper-method-interrupted = 消去が途中で中断した。完了した時点で、封緘したソルトとその鍵は存在しなかった（封緘したソルトのSHA-256：{ $sha256 }）。
err-cli-paper-slip = 通知 { $notice } に手数料納付書はありません。納付する手数料がないか、支払基金等に収入印紙によらずに納付するものです。
fix-cli-paper-slip = 通知そのものは renketsu authority fee notice で書き出せます。
err-cli-paper-applicant = 申出者が記録にありません（提供 { $provision } が開いていません）。
fix-cli-paper-applicant = --producer と --certification-number で申出者を指定してください。
err-cli-paper-closing = 提供 { $provision } のソルトをここで消去したという記録がありません。
fix-cli-paper-closing = 発行側で renketsu authority provision close により提供を終了し、そこで書き出してください。
