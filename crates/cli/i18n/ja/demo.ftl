err-cli-demo-directory = デモの作業ディレクトリがありません。
fix-cli-demo-directory = --keep で新しいディレクトリを指定してください。
err-cli-demo-bug = デモが自分の入力では起こらないはずの事態に出会いました：{ $what }。プログラムの不具合です。
fix-cli-demo-bug = --persons と --seed を添えて報告してください。
demo-title = 連結（Renketsu）のデモ：合成した人だけを使います。
demo-population = 人口 { $persons } 人、種 { $seed }：
demo-file-registry = {"  "}registry.csv       { $rows } 行：大臣等の登録簿（履歴を含む）
demo-file-claims = {"  "}claims/            { $rows } 件のレセプト（UKE { $uke } ファイル、CSV { $csv } ファイル）
demo-file-visits = {"  "}visits.csv         { $rows } 行：事業者の匿名加工した表
demo-file-extracts = {"  "}ndb.csv, dpc.csv   { $ndb } 行と { $dpc } 行：公的DB
demo-took = {"  "}（{ $seconds } 秒）
demo-step-parties = == 鍵・カード・信頼（指紋は別の経路で確認する）
demo-step-authority = == 大臣等が提供を開き、登録簿を読み込む
demo-step-request = == ① 事業者の求め
demo-step-issue = == ② 大臣等の回答、④ 公的DBの匿名化データへの同じ ID の付与
demo-step-attach = == ③ 事業者が ID を付け、対応表を破棄し、提供する
demo-step-study = == 利用者が取り込み、連結し、問い合わせる
demo-step-truth = == 正解と比べた連結
demo-step-questions = == 三つの問い
demo-reachable = 「到達可能」の定義：事業者の人のうち、少なくとも一行が次のどちらかを保っている人。（番号）保険者番号・記号・番号（枝番があれば枝番も）が、表記の違い（全角半角、空白、ハイフン、先頭のゼロ、枝番なし）を除いて、診療の日または月にその人の登録にある番号と同じで、生年月日と性別が登録どおりか空欄であり、その番号を持つ他の人が同じように合うことがない。（カナ）カナ氏名・生年月日・性別が、表記の違い（全角半角、空白、中点、小書き、長音、元号）を除いてその人の登録と同じで、登録簿に同じ組を持つ人がほかにいない。
demo-truth-persons = 事業者の { $persons } 人、レセプト { $rows } 件。到達可能 { $reachable } 人。うち { $contradicted } 人は、行の残り半分が別人を指す行でしか到達できない（その場合 ID は出さない）。
demo-route = {"  "}{ $route }：到達可能 { $reachable }、連結 { $reached }、再現率 { $recall } ｜ この経路の回答：正 { $right }、誤 { $wrong }、適合率 { $precision }、入力が同じ { $explained }
demo-all-routes = 全経路
demo-plain-hash = 生の文字列をそのままハッシュした場合：{ $found } 人（到達可能の { $recall }。番号 { $number }、カナ { $kana }）、誤って連結 { $falsely } 人。
demo-question-overlap = 病院の人のうち NDB にもいる人は、診断ごとに何人か。
demo-question-burden = E11（2 型糖尿病）の人のレセプト点数は、性別ごとにどれだけか。
demo-question-stay = 入院日数は年齢階級ごとにどれだけか。
demo-kept = 三者のディレクトリは { $path } にあります。デモのパスフレーズは公開されているので、鍵は何も守りません。
demo-passphrase = 鍵と保管庫のパスフレーズは「{ $passphrase }」です。
demo-end = { $seconds } 秒で終わりました。
demo-picture = （同じ内容の図は link.svg。--keep DIR で残せます。）
