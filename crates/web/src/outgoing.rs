//! Whether this process has a connection that it opened itself: the workspace has none, ever, and the page of checks looks.

use std::collections::BTreeSet;
use std::fs;
use std::io;

/// TCP sockets in this state wait for connections (`TCP_LISTEN` of the kernel).
const LISTENS: &str = "0A";

/// A socket as `/proc/net/tcp` and `/proc/net/udp` list it.
#[derive(Debug, PartialEq, Eq)]
struct Socket<'a> {
    port: u16,
    state: &'a str,
    inode: u64,
}

/// The sockets of a list; its first line is the head.
fn sockets(list: &str) -> impl Iterator<Item = Socket<'_>> {
    list.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace();
        let (_, port) = fields.nth(1)?.rsplit_once(':')?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?.parse().ok()?;
        let port = u16::from_str_radix(port, 16).ok()?;
        Some(Socket { port, state, inode })
    })
}

/// How many of these sockets are ours and neither wait for connections nor came in through our port.
fn outgoing(list: &str, ours: &BTreeSet<u64>, port: u16) -> usize {
    sockets(list)
        .filter(|socket| ours.contains(&socket.inode))
        .filter(|socket| socket.state != LISTENS && socket.port != port)
        .count()
}

/// The sockets this process has open.
fn ours() -> io::Result<BTreeSet<u64>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        // A descriptor may be gone before it is looked at.
        let Ok(target) = fs::read_link(entry?.path()) else {
            continue;
        };
        let inode = target
            .to_str()
            .and_then(|name| name.strip_prefix("socket:[")?.strip_suffix(']'))
            .and_then(|inode| inode.parse::<u64>().ok());
        found.extend(inode);
    }
    Ok(found)
}

/// How many connections of this process did not come in through `port`.
pub(crate) fn counted(port: u16) -> io::Result<usize> {
    let ours = ours()?;
    let mut all = 0_usize;
    for list in ["tcp", "tcp6", "udp", "udp6"] {
        match fs::read_to_string(format!("/proc/self/net/{list}")) {
            Ok(list) => all = all.saturating_add(outgoing(&list, &ours, port)),
            // A kernel without IPv6 has no such list.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0000000000000000 100 0 0 10 0
   1: 0100007F:20FB 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:9C40 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:9C41 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 20 4 30 10 -1
";

    #[test]
    fn only_what_this_process_opened_itself_counts() {
        let ours = BTreeSet::from([11, 12, 13]);
        assert_eq!(outgoing(LIST, &ours, 8443), 1);
        assert_eq!(outgoing(LIST, &BTreeSet::from([11, 12]), 8443), 0);
        assert_eq!(outgoing("", &ours, 8443), 0);
    }

    #[test]
    fn a_connection_of_this_process_is_seen() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let before = counted(port).unwrap();
        let opened = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (_taken, _) = listener.accept().unwrap();
        assert!(counted(port).unwrap() > before);
        drop(opened);
    }
}
