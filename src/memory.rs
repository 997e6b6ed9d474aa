//! Memory that cannot be had, where a library has no other way to say so than to panic.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// Whether this thread is just making something, and will be content with less.
    static MAKING: Cell<bool> = const { Cell::new(false) };
}

/// Makes a decoder, or says that there is no memory for it, without the message and the backtrace of a panic. Nothing is made but what
/// this gives, so whatever a panic leaves half done is dropped with it.
pub fn made<T>(make: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !MAKING.get() {
                before(panic);
            }
        }));
    });
    MAKING.set(true);
    let made = panic::catch_unwind(AssertUnwindSafe(make));
    MAKING.set(false);
    made.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_made_is_none() {
        assert_eq!(made(|| 1), Some(1));
        assert_eq!(made(|| -> u8 { panic!("this is in no output") }), None);
        assert!(!MAKING.get(), "other panics are heard of");
    }
}
