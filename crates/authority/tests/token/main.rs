//! Secrets wrapped by a key in a PKCS#11 token, with `SoftHSM2` as the token (Debian's `softhsm2`).
//!
//! `SoftHSM2` finds its tokens by an environment variable, and keeps them in memory: so each case is a process of its own,
//! which this test starts with tokens in a directory that goes away.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets the unexpected fails, and its processes speak to the reader"
)]

mod cases;
#[path = "../memory/scene.rs"]
#[expect(dead_code, reason = "the memory test looks at more of it")]
mod scene;
mod tokens;

use std::process::Command;

use tokens::Tokens;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, case, module] = arguments.as_slice()
        && let Some((_, run)) = cases::ALL.iter().find(|(name, _)| name == case)
    {
        run(module.as_ref());
        return;
    }
    let Some(module) = tokens::module() else {
        assert!(
            !tokens::must(),
            "SoftHSM2 is missing (Debian package softhsm2)"
        );
        println!("SoftHSM2 is missing (Debian package softhsm2): no test of key tokens ran");
        return;
    };
    // Cargo passes options of its own; every case always runs.
    for (name, _) in cases::ALL {
        let tokens = Tokens::new();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(name).arg(&module);
        tokens.name_to(&mut command);
        assert!(command.status().unwrap().success(), "{name}");
        println!("test {name} ... ok");
    }
}
