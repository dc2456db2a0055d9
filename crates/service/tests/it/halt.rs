//! Neither side of the network works with a state that was put back before somebody confirmed it.

use renketsu_seal::party;
use renketsu_service::{Stop, serve};
use renketsu_store::{Event, Store};
use renketsu_testkit::{now, passphrase};
use tokio::sync::oneshot;

use crate::site::{PROVISION, Site};

fn put_back(store: &mut Store) {
    let event = Event::new("party.restored", "A", now());
    store.begin().unwrap().commit(&event).unwrap();
}

#[test]
fn a_producer_that_was_put_back_sends_nothing() {
    let mut site = Site::new(150);
    site.start();
    let request = site.request("one", 120, PROVISION);
    let mut store = Store::open_proven(site.producer.path(), &site.producer.proof()).unwrap();
    put_back(&mut store);
    drop(store);
    let refused = site.send(&site.producer, &request, None).unwrap_err();
    assert_eq!((refused.code(), refused.exit()), ("store.halted", 1));
    assert!(!site.actions().contains(&"service.accepted".to_owned()));
    site.stop();
}

#[test]
fn an_authority_that_was_put_back_does_not_serve() {
    let site = Site::new(150);
    put_back(&mut site.store());
    let settings = site.settings();
    let keys = party::open(site.authority.path(), &passphrase()).unwrap();
    let (_stop, stopped) = oneshot::channel();
    let clock = site.hand.clock();
    let served = serve(settings, keys, &clock, Stop::Told(stopped), |_| {
        panic!("it listens")
    });
    assert_eq!(served.unwrap_err().code(), "store.halted");
    assert_eq!(site.actions().last().unwrap(), "party.restored");
}
