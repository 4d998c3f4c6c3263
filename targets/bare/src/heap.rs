//! A heap in one static block: room is taken in order, and all of it comes back when the last
//! allocation does. One thread only.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::ptr;

const CAPACITY: usize = 1 << 20;

#[repr(align(16))]
struct Heap {
    block: UnsafeCell<[u8; CAPACITY]>,
    used: Cell<usize>,
    live: Cell<usize>,
}

// SAFETY: nothing here ever starts a thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap =
    Heap { block: UnsafeCell::new([0; CAPACITY]), used: Cell::new(0), live: Cell::new(0) };

// SAFETY: what is handed out is aligned, inside the block, and beyond everything in use.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > align_of::<Self>() {
            return ptr::null_mut();
        }
        let start = self.used.get().next_multiple_of(layout.align());
        if layout.size() > CAPACITY.saturating_sub(start) {
            return ptr::null_mut();
        }
        self.used.set(start + layout.size());
        self.live.set(self.live.get() + 1);
        // SAFETY: start ≤ CAPACITY.
        unsafe { self.block.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        self.live.set(self.live.get() - 1);
        if self.live.get() == 0 {
            self.used.set(0);
        }
    }
}
