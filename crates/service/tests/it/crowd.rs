//! Strangers and producers have places of their own.

use std::io::Read as _;
use std::net::TcpStream;

use renketsu_service::Limits;

use crate::raw::{connect, get, hear, operator, say};
use crate::site::Site;

const HEAD: &str = "GET /v1/openapi.json HTTP/1.1";

#[test]
fn who_never_shakes_hands_crowds_out_nobody() {
    let mut site = Site::new(1);
    site.limits.handshakes = 4;
    let at = site.start();
    let mut silent: Vec<TcpStream> = (0..40)
        .map(|_| TcpStream::connect(at.service).unwrap())
        .collect();
    for _ in 0..10 {
        assert_eq!(get(&site, &site.producer, "/v1/openapi.json").status, 200);
    }
    // The oldest of them had to leave.
    let mut byte = [0; 1];
    let left = silent[0].read(&mut byte);
    assert!(matches!(left, Ok(0) | Err(_)), "{left:?}");
    let metrics = String::from_utf8(operator(at.operator, "/metrics").body).unwrap();
    let crowded = metrics
        .lines()
        .find_map(|line| line.strip_prefix("renketsu_handshakes_crowded_total "))
        .unwrap();
    assert!(crowded.parse::<u32>().unwrap() >= 36, "{crowded}");
}

#[test]
fn a_handshake_that_takes_too_long_ends() {
    let mut site = Site::new(1);
    site.limits = Limits {
        head: std::time::Duration::from_millis(50),
        ..site.limits
    };
    let at = site.start();
    let mut silent = TcpStream::connect(at.service).unwrap();
    assert!(matches!(silent.read(&mut [0; 1]), Ok(0) | Err(_)));
}

#[test]
fn a_producer_that_takes_all_its_places_leaves_the_others_theirs() {
    let mut site = Site::new(1);
    site.limits.connections_per_producer = 3;
    site.start();
    let mut open: Vec<_> = (0..3)
        .map(|_| connect(&site, Some(&site.producer)))
        .collect();
    for connection in &mut open {
        say(connection, HEAD, b"", "keep-alive");
        assert_eq!(hear(connection).status, 200);
    }
    let said = get(&site, &site.producer, "/v1/openapi.json");
    assert_eq!(said.problem(), (429, "service.connections".to_owned()));
    assert_eq!(said.headers["retry-after"], "30");
    assert_eq!(get(&site, &site.other, "/v1/openapi.json").status, 200);
    // A place that is given back is there for the next.
    drop(open);
    while get(&site, &site.producer, "/v1/openapi.json").status != 200 {
        std::thread::yield_now();
    }
}
