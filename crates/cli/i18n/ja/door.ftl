# 動いているサーバーの入口でのコマンド。

door-password-ask = パスワード：{" "}
door-totp-ask = 第二要素のコード：{" "}
door-entered = このコマンドラインは端末になりました。端末の秘密は { $path } にあります。これを持つ人がこの端末になります。
door-linked = 研究 { $study } を連結しました（第 { $version } 版）。報告は連結のページにあります。

err-cli-door-who = この利用環境にはアカウントがあり、研究を開くのはサーバーだけです。
fix-cli-door-who = 人として問い合わせてください：--as 利用者ID --seat ファイル。ファイルは renketsu study enter で一度だけ作ります。
err-cli-door-open = 端末の秘密 { $path } をほかの人が読めます。
fix-cli-door-open = 端末を取り消してもらい、新しいコードで登録し直してください。ファイルは本人だけが読めるようにします（chmod 600）。
err-cli-door-seat = { $path } には端末の秘密がありません。
fix-cli-door-seat = renketsu study enter が書いたファイルを指定してください。
err-cli-door-format = サーバーは Parquet を返しません。
fix-cli-door-format = --format csv か --format json を使ってください。
err-cli-door-password = パスワードが必要ですが、入力できる端末がありません。
fix-cli-door-password = ファイル記述子で与えるか（--password-fd 3 3< ファイル）、systemd のクレデンシャル renketsu-password で与えてください。
err-cli-door-totp = 第二要素のコードが必要ですが、入力できる端末がありません。
fix-cli-door-totp = ファイル記述子で与えるか（--totp-fd 4 4< ファイル）、systemd のクレデンシャル renketsu-totp で与えてください。
err-web-door-closed = { $dir } のサーバーは動いていないか、そのソケットに触れる権限がありません。
fix-web-door-closed = renketsu serve を起動し、計算機の同じ利用者として実行してください。
err-web-door-unread = { $dir } のサーバーから、読み取れる回答がありませんでした。
fix-web-door-unread = サーバーが動いていて同じ版であることを確かめ、もう一度実行してください。
err-web-door-gone = 回答はもう保管されていません。
fix-web-door-gone = もう一度問い合わせてください。
err-web-serve-door = コマンド用のソケットを { $dir } に作れません。
fix-web-serve-door = ディレクトリの権限と、パスが短いこと（ソケットのパスは 107 バイトまで）を確かめてください。
