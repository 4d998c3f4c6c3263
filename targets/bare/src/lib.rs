//! The digest without an operating system's libraries.
//!
//! As a program it enters at `_start` (`main.rs`) and makes two Linux system calls, write and
//! exit, so that an emulator runs it with nothing installed for the target. As a wasm module it
//! exports [`run`] and imports the same two from its host.
#![no_std]

mod heap;
mod host;
#[cfg(target_arch = "x86_64")]
mod memory;

use core::fmt::Write;

/// Text goes out as it is written.
struct Out;

impl Write for Out {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        host::write(text.as_bytes());
        Ok(())
    }
}

/// Writes the digests of this machine, up to `rows` rows a section.
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
pub extern "C" fn run(rows: u32) {
    // Writing cannot fail here, so neither can the report.
    let _ = amm_digest::report(rows, &mut Out);
}

/// Negative control of the float gate.
#[cfg(feature = "float")]
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
pub extern "C" fn float(bits: i64) -> i64 {
    let value = fixed::types::I64F64::from_bits(bits.into());
    core::hint::black_box(value.to_num::<f64>()) as i64
}

/// Ends the program.
pub fn exit(code: i32) -> ! {
    host::exit(code)
}

#[panic_handler]
fn panicked(info: &core::panic::PanicInfo) -> ! {
    let _ = writeln!(Out, "{info}");
    exit(101)
}
