//! A panic is told by its place, never by what it says: that may hold anything.

use finkit_tests::Finkit;

#[test]
#[cfg(debug_assertions)]
fn a_panic_repeats_nothing_of_what_it_says() {
    let mut finkit = Finkit::new();
    finkit.set("FINKIT_FINCHECK_PASSWORD", "canary-password-in-a-panic");
    finkit.set("RUST_BACKTRACE", "1");
    let ran = finkit.run(&["panic", "-vvv"]).expect(7);
    assert!(ran.out.is_empty(), "{}", ran.out);
    assert!(
        ran.err.contains("a fault of its own") && ran.err.contains("hint:"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("canary"), "{}", ran.err);
}
