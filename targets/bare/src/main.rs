//! The digests of this machine, with no operating system's library: `amm-bare [ROWS]`.
//!
//! `_start` finds the arguments on the stack, where Linux puts them.
#![no_std]
#![no_main]

use core::arch::global_asm;

#[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
global_asm!(".globl _start", "_start: mv a0, sp", "andi sp, sp, -16", "call start");
#[cfg(target_arch = "aarch64")]
global_asm!(".globl _start", "_start: mov x0, sp", "bl start");
#[cfg(target_arch = "arm")]
global_asm!(".globl _start", "_start: mov r0, sp", "bic sp, sp, #7", "bl start");
#[cfg(target_arch = "x86")]
global_asm!(
    ".globl _start",
    "_start: mov eax, esp",
    "and esp, -16",
    "sub esp, 12",
    "push eax",
    "call start"
);
#[cfg(target_arch = "x86_64")]
global_asm!(".globl _start", "_start: mov rdi, rsp", "and rsp, -16", "call start");
#[cfg(target_arch = "s390x")]
global_asm!(".globl _start", "_start: lgr %r2, %r15", "aghi %r15, -160", "brasl %r14, start");

/// The first argument, a row count, or 1,000.
///
/// # Safety
///
/// `stack` is where Linux left it: the argument count, then addresses of texts that end in 0.
#[unsafe(no_mangle)]
unsafe extern "C" fn start(stack: *const usize) -> ! {
    let mut rows = 1_000;
    // SAFETY: as above.
    if unsafe { *stack } > 1 {
        rows = 0;
        // SAFETY: as above; stops at the 0 at the latest.
        unsafe {
            let mut digit = *stack.add(2) as *const u8;
            while let byte @ b'0'..=b'9' = *digit {
                rows = rows * 10 + u32::from(byte - b'0');
                digit = digit.add(1);
            }
        }
    }
    amm_bare::run(rows);
    #[cfg(feature = "float")]
    core::hint::black_box(amm_bare::float(rows.into()));
    amm_bare::exit(0)
}

/// Unwinding tables of ARM name this; nothing unwinds.
#[cfg(target_arch = "arm")]
#[unsafe(no_mangle)]
extern "C" fn __aeabi_unwind_cpp_pr0() {}
