//! The loops over lines, compiled for more than the oldest processor of its kind: with [`widest!`](crate::simd::widest) they are there
//! twice, and which of them runs is found out when the tool does.
//!
//! All that is to be compiled so is `#[inline(always)]` from there down to here: a function of its own is compiled for the oldest.

#[doc(hidden)]
pub use fearless_simd as vectors;
pub use fearless_simd::Simd;
use fearless_simd::{prelude::*, u8x64};

/// So many bytes are looked at together. Whether a line ends in the same block as the one before is nothing that a processor could guess
/// where blocks are about as long as lines, or shorter: with half as many, which one word of bits tells of, lines of syslog took 1.07 times
/// as long, of JSON 1.05, of logfmt 1.03, and of text as long (31 pairs).
pub const BLOCK: usize = 128;

/// Evaluates an expression with the token of what the processor can do: AVX2 and what came with it (x86-64-v3), or else what all of its
/// kind can. With AVX-512 newlines would be found faster still, by a third; but all else in the loops comes out slower than with
/// AVX2, logfmt by a quarter.
#[cfg(target_arch = "x86_64")]
#[macro_export]
macro_rules! widest {
    ($simd:pat => $operation:expr) => {
        match $crate::simd::vectors::Level::new().as_avx2() {
            Some(avx2) => {
                let $simd = avx2;
                $crate::simd::vectors::Simd::vectorize(
                    avx2,
                    #[inline(always)]
                    || $operation,
                )
            }
            None => $crate::simd::oldest!($simd => $operation),
        }
    };
}

/// The same on processors whose first of all can do as much as is of use.
#[cfg(not(target_arch = "x86_64"))]
#[macro_export]
macro_rules! widest {
    ($simd:pat => $operation:expr) => {
        $crate::simd::oldest!($simd => $operation)
    };
}

/// Evaluates an expression with the token of what all processors of the kind can do.
#[macro_export]
macro_rules! oldest {
    ($simd:pat => $operation:expr) => {
        $crate::simd::vectors::dispatch!($crate::simd::vectors::Level::baseline(), $simd => $operation)
    };
}
pub use {oldest, widest};

/// Bit n is set where byte n is this one.
#[inline(always)]
pub fn bits_of<S: Simd>(simd: S, bytes: &[u8; BLOCK], byte: u8) -> u128 {
    let words = bytes.as_chunks().0.iter().rev();
    words.fold(0, |bits, word| bits << 64 | u128::from(bits_of_64(simd, word, byte)))
}

#[inline(always)]
fn bits_of_64<S: Simd>(simd: S, bytes: &[u8; 64], byte: u8) -> u64 {
    u8x64::from_slice(simd, bytes).simd_eq(u8x64::splat(simd, byte)).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_those_of_a_plain_look(bytes: [u8; BLOCK], at in 0..BLOCK) {
            let plain = bytes.iter().rev().fold(0, |bits, byte| bits << 1 | u128::from(*byte == bytes[at]));
            prop_assert_eq!(widest!(simd => bits_of(simd, &bytes, bytes[at])), plain);
            prop_assert_eq!(oldest!(simd => bits_of(simd, &bytes, bytes[at])), plain);
        }
    }
}
