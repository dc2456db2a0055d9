# Commands at the door of a running server.

door-password-ask = Password:{" "}
door-totp-ask = Code of the second factor:{" "}
door-entered = This command line is a terminal now. Its secret is in { $path }; whoever has it is this terminal.
door-linked = Study { $study } is linked: version { $version }. The report is on the page of the link.

err-cli-door-who = This workspace has accounts: its server alone opens the studies.
fix-cli-door-who = Ask as a person: --as ID --seat FILE. Make the file once with renketsu study enter.
err-cli-door-open = Others can read { $path }, the secret of the terminal.
fix-cli-door-open = Have the terminal revoked, and enter again with a new code; the file is for you alone (chmod 600).
err-cli-door-seat = { $path } holds no secret of a terminal.
fix-cli-door-seat = Give the file that renketsu study enter wrote.
err-cli-door-format = The server gives no Parquet.
fix-cli-door-format = Use --format csv or --format json.
err-cli-door-password = The password is needed, and there is no terminal to ask at.
fix-cli-door-password = Give it by a file descriptor: --password-fd 3 3< FILE; or as the systemd credential renketsu-password.
err-cli-door-totp = The code of the second factor is needed, and there is no terminal to ask at.
fix-cli-door-totp = Give it by a file descriptor: --totp-fd 4 4< FILE; or as the systemd credential renketsu-totp.
err-web-door-closed = Nobody serves { $dir }, or you may not reach its socket.
fix-web-door-closed = Start renketsu serve, and run this as the same user of the machine.
err-web-door-unread = The server of { $dir } gave no answer that can be read.
fix-web-door-unread = See that it still runs and is of the same version, and try again.
err-web-door-gone = The answer isn't kept any more.
fix-web-door-gone = Ask again.
err-web-serve-door = The socket for commands can't be made in { $dir }.
fix-web-serve-door = Check the permissions of the directory, and that its path is short (a socket's has 107 bytes at most).
