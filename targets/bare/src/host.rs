//! Write and exit: Linux system calls, or functions a wasm host provides.

#[cfg(not(target_family = "wasm"))]
pub(crate) use linux::{exit, write};
#[cfg(target_family = "wasm")]
pub(crate) use wasm::{exit, write};

#[cfg(target_family = "wasm")]
mod wasm {
    mod imports {
        #[link(wasm_import_module = "host")]
        unsafe extern "C" {
            pub(crate) safe fn write(start: *const u8, length: usize);
            pub(crate) safe fn exit(code: i32) -> !;
        }
    }

    pub(crate) fn write(bytes: &[u8]) {
        imports::write(bytes.as_ptr(), bytes.len());
    }

    pub(crate) fn exit(code: i32) -> ! {
        imports::exit(code)
    }
}

#[cfg(not(target_family = "wasm"))]
mod linux {
    use core::arch::asm;

    /// The system call numbers of write and exit.
    const CALLS: (usize, usize) = if cfg!(target_arch = "x86_64") {
        (1, 60)
    } else if cfg!(any(target_arch = "x86", target_arch = "arm", target_arch = "s390x")) {
        (4, 1)
    } else {
        (64, 93)
    };

    pub(crate) fn write(mut bytes: &[u8]) {
        const STDOUT: usize = 1;
        while !bytes.is_empty() {
            // SAFETY: the system only reads the slice.
            let written = unsafe { call(CALLS.0, STDOUT, bytes.as_ptr().addr(), bytes.len()) };
            match usize::try_from(written).ok().and_then(|n| bytes.get(n..)) {
                Some(rest) => bytes = rest,
                None => exit(74), // the output is closed
            }
        }
    }

    pub(crate) fn exit(code: i32) -> ! {
        loop {
            // SAFETY: does not return.
            unsafe { call(CALLS.1, code as usize, 0, 0) };
        }
    }

    /// Calls the system.
    ///
    /// # Safety
    ///
    /// As the call `number` says.
    unsafe fn call(number: usize, a: usize, b: usize, c: usize) -> isize {
        let result;
        // SAFETY: the registers of each architecture's Linux convention.
        unsafe {
            #[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
            asm!("ecall", in("a7") number, inlateout("a0") a => result, in("a1") b, in("a2") c);
            #[cfg(target_arch = "aarch64")]
            asm!("svc 0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c);
            #[cfg(target_arch = "arm")] // r7 may be the frame pointer
            asm!("push {{r7}}", "mov r7, {n}", "svc 0", "pop {{r7}}", n = in(reg) number,
                inlateout("r0") a => result, in("r1") b, in("r2") c);
            #[cfg(target_arch = "x86")]
            asm!("int 0x80", inlateout("eax") number => result, in("ebx") a, in("ecx") b, in("edx") c);
            #[cfg(target_arch = "x86_64")]
            asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c,
                out("rcx") _, out("r11") _);
            #[cfg(target_arch = "s390x")]
            asm!("svc 0", in("r1") number, inlateout("r2") a => result, in("r3") b, in("r4") c);
        }
        result
    }
}
