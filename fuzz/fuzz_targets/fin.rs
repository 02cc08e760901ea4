#![no_main]
//! Any text as a FIN: no panic, masks that show too little to be the FIN, and what is
//! accepted or proposed parses again.

use finkit_core::{Vin, mask};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let masked = mask(text);
    match Vin::parse(text) {
        Ok(parsed) => {
            let vin = parsed.vin;
            assert_eq!(Vin::parse(vin.as_str()).expect("an accepted FIN").vin, vin);
            assert_eq!(Vin::from_bytes(*vin.as_bytes()), Some(vin));
            assert!(!masked.contains(vin.as_str()));
            assert!(!format!("{vin:?}").contains(vin.as_str()));
        }
        Err(error) => {
            assert!(!error.faults().is_empty());
            if let Some(proposal) = error.proposal() {
                assert!(Vin::parse(proposal).is_ok(), "{proposal}");
                assert!(!error.to_string().contains(proposal));
            }
        }
    }
});
