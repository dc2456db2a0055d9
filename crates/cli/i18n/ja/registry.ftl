# 大臣等・支払基金の登録簿の版
registry-none = 登録簿はまだありません。読み込むには：renketsu authority registry load --dir DIR FILE
registry-kept-state = 保管中
registry-pruned-state = 破棄済み
registry-line = 版 { $version }（{ $state }、{ $at }）：{ $rows } 行、{ $persons } 人。内容 { $content }。提供：{ $provisions }
registry-compared = 提供 { $provision } は版 { $held } を使っています。版 { $with } では { $persons } 人の ID が変わります。
registry-changed = {"  "}最初の番号：{ $first }、統合・分割・消滅：{ $partition }、氏名・生年月日・性別：{ $kana }、氏名が一意になった・一意でなくなった：{ $unique }
registry-adopted = 提供 { $provision } は、今後、版 { $version } を使います。
registry-compacted = 版 { $version } を一つにまとめました。
registry-pruned = 破棄した版：{ $versions }
registry-row = {" "}{ $line } 行目
registry-before = 前の版の行
